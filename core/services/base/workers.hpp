// Background jobs of the services: exits to handle, restarts, health probes. Threads appear when no
// idle one is left, up to a limit that slow jobs may reach, and go after a while without work. One
// is there from the beginning: a machine without room for more threads delays jobs and loses none.
// Any thread. A job catches its own errors; what escapes is logged.
#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>

namespace gantry::services {

class Workers {
 public:
  explicit Workers(size_t limit = 64);
  ~Workers() { stop(kForGood); }
  Workers(const Workers&) = delete;
  Workers& operator=(const Workers&) = delete;

  void run(std::function<void()> job);
  /// Drops jobs not begun and waits for those under way; jobs given later are dropped. False: some
  /// are under way after that time, and use what they were given.
  bool stop(std::chrono::nanoseconds patience);

 private:
  static constexpr std::chrono::hours kForGood{24 * 365};

  void work();
  void add_thread_locked();

  const size_t limit_;
  std::mutex mutex_;
  std::condition_variable work_, ended_;
  std::deque<std::function<void()>> jobs_;
  size_t threads_ = 0, idle_ = 0;
  bool stopping_ = false;
};

}  // namespace gantry::services
