#include "network/link_removal.hpp"

#include <algorithm>
#include <utility>

#include "base/error.hpp"
#include "network/bridge.hpp"

namespace gantry::oci {

LinkRemoval::~LinkRemoval() {
  if (thread_.joinable()) thread_.join();
}

void LinkRemoval::remove_bridge_later(const std::string& name, std::optional<Claim> claim) {
  const std::lock_guard lock(mutex_);
  bridges_.push_back({name, std::move(claim)});
  if (running_) return;
  if (thread_.joinable()) thread_.join();  // it has ended, or is about to
  thread_ = std::thread([this] { work(); });
  running_ = true;
}

void LinkRemoval::wait_for(const std::string& name) {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] {
    return std::none_of(bridges_.begin(), bridges_.end(),
                        [&](const Bridge& bridge) { return bridge.name == name; });
  });
}

void LinkRemoval::work() {
  std::unique_lock lock(mutex_);
  while (!bridges_.empty()) {
    const std::string name = bridges_.front().name;
    lock.unlock();
    try {
      remove_bridge(NetlinkSocket(), name);
    } catch (const Error&) {
      // It stays, without addresses and down the next time it is needed; nobody waits for a word.
    }
    lock.lock();
    bridges_.pop_front();
    changed_.notify_all();
  }
  running_ = false;
}

}  // namespace gantry::oci
