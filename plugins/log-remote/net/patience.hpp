// How long a call may wait: until its op is cancelled, its deadline passes, or nothing has moved
// for a while. One thread.
#pragma once

#include <chrono>
#include <gantry/cpp/plugin.hpp>
#include <string>

namespace log_remote {

using Clock = std::chrono::steady_clock;

class Patience {
 public:
  /// `limit`: of waiting without renew().
  Patience(const gantry::sdk::Op& op, std::chrono::milliseconds limit);

  /// Something moved.
  void renew();
  /// The same op with another limit.
  Patience with(std::chrono::milliseconds limit) const { return {op_, limit}; }
  std::chrono::milliseconds limit() const { return limit_; }

  /// How long to wait before asking again, at most the ABI's 100 ms. Throws GANTRY_CANCELLED or
  /// GANTRY_TIMEOUT: "<what>: i/o timeout".
  std::chrono::milliseconds slice(const std::string& what) const;
  /// Until the descriptor has one of the `events` of poll(). Throws like slice().
  void wait(int fd, short events, const std::string& what) const;

 private:
  gantry::sdk::Op op_;
  std::chrono::milliseconds limit_;
  Clock::time_point until_;
};

}  // namespace log_remote
