// Deadlines of the loop: nothing ticks, the loop waits until the next one. One thread.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <utility>

namespace net_dns {

class Timers {
 public:
  using Id = std::uint64_t;  // 0: none

  /// Milliseconds of a steady clock.
  static std::int64_t now_ms();

  Id start(std::int64_t after_ms, std::function<void()> expired);
  void stop(Id& id);  // 0: nothing; sets it to 0
  /// Until the next deadline, for Poller::run_once; -1: none.
  int next_ms() const;
  /// Runs what is due.
  void run();

 private:
  struct Timer {
    std::int64_t due;
    std::function<void()> expired;
  };
  std::map<Id, Timer> timers_;
  std::set<std::pair<std::int64_t, Id>> queue_;
  Id last_ = 0;
};

}  // namespace net_dns
