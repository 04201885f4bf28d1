// Does work once, after a while, on a thread of its own that starts with the first work. Any
// thread.
#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>

namespace net_hosts {

class Later {
 public:
  using Work = std::function<void()>;

  explicit Later(std::chrono::milliseconds delay) : delay_(delay) {}
  Later(const Later&) = delete;
  Later& operator=(const Later&) = delete;
  /// Waits for the work that has begun, and drops the rest.
  ~Later();

  /// `work` throws nothing.
  void call(Work work);

 private:
  using Clock = std::chrono::steady_clock;
  struct Item {
    Clock::time_point due;
    Work work;
  };
  void run();

  const std::chrono::milliseconds delay_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Item> items_;  // by due; guarded by mutex_, as is the rest
  bool ends_ = false;
  std::thread thread_;
};

}  // namespace net_hosts
