#include "later.hpp"

namespace net_hosts {

Later::~Later() {
  {
    const std::lock_guard lock(mutex_);
    ends_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void Later::call(Work work) {
  const std::lock_guard lock(mutex_);
  if (!thread_.joinable()) thread_ = std::thread([this] { run(); });
  items_.push_back({Clock::now() + delay_, std::move(work)});
  changed_.notify_all();
}

void Later::run() {
  std::unique_lock lock(mutex_);
  while (!ends_) {
    if (items_.empty()) {
      changed_.wait(lock);
    } else if (const auto due = items_.front().due; Clock::now() < due) {
      changed_.wait_until(lock, due);
    } else {
      const Work work = std::move(items_.front().work);
      items_.pop_front();
      lock.unlock();
      work();
      lock.lock();
    }
  }
}

}  // namespace net_hosts
