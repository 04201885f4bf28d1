#include "net/patience.hpp"

#include <poll.h>

#include <algorithm>
#include <cerrno>

namespace log_remote {

namespace sdk = gantry::sdk;

namespace {

constexpr std::chrono::milliseconds kCancelInterval{100};  // the ABI's: at least that often

}  // namespace

Patience::Patience(const sdk::Op& op, std::chrono::milliseconds limit)
    : op_(op), limit_(limit), until_(Clock::now() + limit) {}

void Patience::renew() { until_ = Clock::now() + limit_; }

std::chrono::milliseconds Patience::slice(const std::string& what) const {
  op_.throw_if_cancelled();
  auto until = until_;
  if (op_.deadline_ns() != 0)
    until = std::min(until, Clock::time_point(std::chrono::nanoseconds(op_.deadline_ns())));
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - Clock::now());
  if (left.count() <= 0) throw sdk::Error(GANTRY_TIMEOUT, what + ": i/o timeout");
  return std::min(left, kCancelInterval);
}

void Patience::wait(int fd, short events, const std::string& what) const {
  for (;;) {
    pollfd entry{fd, events, 0};
    const int ready = ::poll(&entry, 1, static_cast<int>(slice(what).count()));
    if (ready > 0) return;
    if (ready < 0 && errno != EINTR) throw sdk::os_error(what + ": poll");
  }
}

}  // namespace log_remote
