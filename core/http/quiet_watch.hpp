// Tells once when requests have come and then none came for a while, so that memory used for them
// can be given back although clients keep their connections. touch() costs two atomic operations;
// the other members belong to one thread, which waits for fd() and for the time of wait_ms(). While
// nothing is to be told that thread sleeps without a timer.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>

#include "core/base/deadline.hpp"
#include "core/base/notifier.hpp"

namespace gantry::http {

class QuietWatch {
 public:
  using Clock = std::chrono::steady_clock;
  struct Times {
    std::chrono::milliseconds quiet;  // without a request
    std::chrono::milliseconds apart;  // between two calls of `on_quiet` at least
  };

  /// `on_quiet` runs on the watching thread, may be empty, must not throw.
  QuietWatch(std::function<void()> on_quiet, Times times);

  /// A request begins or ends. Any thread.
  void touch() noexcept {
    touches_.fetch_add(1);
    if (!armed_.load() && !armed_.exchange(true)) armed_notice_.notify();
  }

  /// Readable after the first touch() since it was quiet: then call look().
  int fd() const { return armed_notice_.fd(); }
  /// How long to wait before look(); -1: only for fd().
  int wait_ms(Clock::time_point now) const;
  void look(Clock::time_point now);

 private:
  const std::function<void()> on_quiet_;
  const Times times_;
  Notifier armed_notice_;
  std::atomic<std::uint64_t> touches_{0};
  std::atomic<bool> armed_{false};
  std::uint64_t seen_ = 0;
  Deadline next_look_;
  Clock::time_point told_{};
};

}  // namespace gantry::http
