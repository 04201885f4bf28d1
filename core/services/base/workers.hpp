// Background jobs of the services: exits to handle, restarts, health probes. Threads appear when no
// idle one is left and go after a while without work, so that a slow job never delays another one
// and an idle engine keeps none. Any thread. A job catches its own errors; what escapes is logged.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>

namespace gantry::services {

class Workers {
 public:
  explicit Workers(size_t limit = 64) : limit_(limit) {}
  ~Workers() { stop(); }
  Workers(const Workers&) = delete;
  Workers& operator=(const Workers&) = delete;

  void run(std::function<void()> job);
  /// Drops jobs not begun and waits for those under way; jobs given later are dropped.
  void stop();

 private:
  void work();

  const size_t limit_;
  std::mutex mutex_;
  std::condition_variable work_, ended_;
  std::deque<std::function<void()>> jobs_;
  size_t threads_ = 0, idle_ = 0;
  bool stopping_ = false;
};

}  // namespace gantry::services
