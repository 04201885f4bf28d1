#include "network/link_removal.hpp"

#include <algorithm>

#include "base/error.hpp"
#include "network/bridge.hpp"

namespace gantry::oci {

LinkRemoval::~LinkRemoval() {
  if (thread_.joinable()) thread_.join();
}

void LinkRemoval::remove_bridge_later(const std::string& name) {
  const std::lock_guard lock(mutex_);
  names_.push_back(name);
  if (running_) return;
  if (thread_.joinable()) thread_.join();  // it has ended, or is about to
  thread_ = std::thread([this] { work(); });
  running_ = true;
}

void LinkRemoval::wait_for(const std::string& name) {
  std::unique_lock lock(mutex_);
  changed_.wait(lock,
                [&] { return std::find(names_.begin(), names_.end(), name) == names_.end(); });
}

void LinkRemoval::work() {
  std::unique_lock lock(mutex_);
  while (!names_.empty()) {
    const std::string name = names_.front();
    lock.unlock();
    try {
      remove_bridge(NetlinkSocket(), name);
    } catch (const Error&) {
      // It stays, without addresses and down the next time it is needed; nobody waits for a word.
    }
    lock.lock();
    names_.pop_front();
    changed_.notify_all();
  }
  running_ = false;
}

}  // namespace gantry::oci
