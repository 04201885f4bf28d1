#include "core/services/start/starts_under_way.hpp"

#include <utility>

namespace gantry::services {

StartsUnderWay::Mark::Mark(StartsUnderWay& starts, std::string id)
    : starts_(starts), id_(std::move(id)) {
  const std::lock_guard lock(starts_.mutex_);
  starts_.ids_.insert(id_);
}

StartsUnderWay::Mark::~Mark() {
  const std::lock_guard lock(starts_.mutex_);
  starts_.ids_.erase(id_);
  starts_.ended_.notify_all();
}

void StartsUnderWay::wait(const std::string& id) {
  std::unique_lock lock(mutex_);
  ended_.wait_for(lock, kPatience, [&] { return closing_ || ids_.count(id) == 0; });
}

void StartsUnderWay::close() {
  const std::lock_guard lock(mutex_);
  closing_ = true;
  ended_.notify_all();
}

}  // namespace gantry::services
