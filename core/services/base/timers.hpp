// Deadlines of the services (restart back-off, health probes): one thread that sleeps until the
// next one is due, without any wakeup when there is none. Due jobs run on the Workers. Any thread.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <thread>

#include "core/services/base/workers.hpp"

namespace gantry::services {

class Timers {
 public:
  explicit Timers(Workers& workers) : workers_(workers) {}
  ~Timers() { stop(); }
  Timers(const Timers&) = delete;
  Timers& operator=(const Timers&) = delete;

  /// Replaces an earlier timer of the same key.
  void schedule(const std::string& key, std::chrono::nanoseconds delay, std::function<void()> job);
  /// False when there was none, or it is already due: then its job runs or has run.
  bool cancel(const std::string& key);
  void stop();

 private:
  using Clock = std::chrono::steady_clock;
  using Queue = std::multimap<Clock::time_point, std::pair<std::string, std::function<void()>>>;
  void run();
  bool cancel_locked(const std::string& key);

  Workers& workers_;
  std::mutex mutex_;
  std::condition_variable changed_;
  Queue queue_;
  std::map<std::string, Queue::iterator> by_key_;
  std::thread thread_;  // made with the first timer
  bool stopping_ = false;
};

}  // namespace gantry::services
