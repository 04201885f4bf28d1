#include "core/services/builds/step_turns.hpp"

#include "core/base/error.hpp"

namespace gantry::services {

StepTurns::Turn StepTurns::take(const std::string& key, const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  if (!released_.wait(lock, stop, [&] { return !taken_.contains(key); }))
    throw Error(Errc::cancelled, "context canceled");
  taken_.insert(key);
  return {*this, key};
}

void StepTurns::release(const std::string& key) noexcept {
  const std::lock_guard lock(mutex_);
  taken_.erase(key);
  released_.notify_all();
}

}  // namespace gantry::services
