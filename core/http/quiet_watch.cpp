#include "core/http/quiet_watch.hpp"

#include <algorithm>

namespace gantry::http {

QuietWatch::QuietWatch(std::function<void()> on_quiet, Times times)
    : on_quiet_(std::move(on_quiet)), times_(times) {}

int QuietWatch::wait_ms(Clock::time_point now) const {
  if (!next_look_) return -1;
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(*next_look_ - now);
  return static_cast<int>(std::max<std::int64_t>(left.count(), 0));
}

void QuietWatch::look(Clock::time_point now) {
  if (next_look_ && now < *next_look_) return;
  if (!next_look_) {
    if (!armed_) return;
    armed_notice_.drain();
  }
  const std::uint64_t touches = touches_;
  const bool quiet = touches == seen_;
  seen_ = touches;
  if (!quiet) {
    next_look_ = now + times_.quiet;
    return;
  }
  if (told_ != Clock::time_point{} && now < told_ + times_.apart) {
    next_look_ = told_ + times_.apart;
    return;
  }
  if (on_quiet_) on_quiet_();
  told_ = now;
  next_look_.reset();
  armed_ = false;
  // Who touched before that store found the watch armed and told nobody.
  if (touches_ != seen_ && !armed_.exchange(true)) next_look_ = now + times_.quiet;
}

}  // namespace gantry::http
