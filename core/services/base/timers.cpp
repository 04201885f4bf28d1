#include "core/services/base/timers.hpp"

#include <utility>

namespace gantry::services {

void Timers::schedule(const std::string& key, std::chrono::nanoseconds delay,
                      std::function<void()> job) {
  const std::lock_guard lock(mutex_);
  if (stopping_) return;
  cancel_locked(key);
  const auto now = Clock::now();
  const auto due = delay < Clock::time_point::max() - now ? now + delay : Clock::time_point::max();
  const auto at = queue_.emplace(due, std::pair(key, std::move(job)));
  by_key_[key] = at;
  if (!thread_.joinable()) {
    thread_ = std::thread([this] { run(); });
  } else if (at == queue_.begin()) {
    changed_.notify_one();
  }
}

bool Timers::cancel(const std::string& key) {
  const std::lock_guard lock(mutex_);
  return cancel_locked(key);
}

bool Timers::cancel_locked(const std::string& key) {
  const auto found = by_key_.find(key);
  if (found == by_key_.end()) return false;
  queue_.erase(found->second);
  by_key_.erase(found);
  return true;
}

void Timers::run() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    if (queue_.empty()) {
      changed_.wait(lock);
      continue;
    }
    const auto due = queue_.begin()->first;
    if (Clock::now() < due) {
      changed_.wait_until(lock, due);
      continue;  // an earlier one may have come
    }
    auto node = queue_.extract(queue_.begin());
    by_key_.erase(node.mapped().first);
    workers_.run(std::move(node.mapped().second));
  }
}

void Timers::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    changed_.notify_one();
  }
  if (thread_.joinable()) thread_.join();
}

}  // namespace gantry::services
