#include "loop.hpp"

#include <algorithm>
#include <cerrno>

#include "clock.hpp"

namespace gantry::shim {

void Watch::want(std::uint32_t events) {
  if (loop_ == nullptr || (added_ && events == wanted_)) return;
  epoll_event event{};
  event.events = events;
  event.data.ptr = this;
  if (::epoll_ctl(loop_->epoll_.get(), added_ ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, fd_, &event) == 0) {
    added_ = true;
    wanted_ = events;
  }
}

void Watch::stop() {
  if (!added_) return;
  ::epoll_ctl(loop_->epoll_.get(), EPOLL_CTL_DEL, fd_, nullptr);
  added_ = false;
  // What the running batch still holds for us must not be delivered.
  for (int i = 0; i < loop_->batch_size_; ++i) {
    if (loop_->batch_[i].data.ptr == this) loop_->batch_[i].data.ptr = nullptr;
  }
}

void Timer::arm(std::int64_t ms) {
  deadline_ms_ = monotonic_ms() + ms;
  if (armed_) return;
  loop_->timers_.push_back(this);
  armed_ = true;
}

void Timer::cancel() {
  if (!armed_) return;
  auto& timers = loop_->timers_;
  timers.erase(std::find(timers.begin(), timers.end(), this));
  armed_ = false;
}

bool Loop::open() {
  epoll_.reset(::epoll_create1(EPOLL_CLOEXEC));
  return static_cast<bool>(epoll_);
}

int Loop::next_timeout_ms() const {
  if (timers_.empty()) return -1;
  std::int64_t first = INT64_MAX;
  for (const Timer* timer : timers_) first = std::min(first, timer->deadline_ms_);
  const std::int64_t left = first - monotonic_ms();
  return static_cast<int>(std::clamp<std::int64_t>(left, 0, 60'000));
}

void Loop::fire_timers() {
  if (timers_.empty()) return;
  const std::int64_t now = monotonic_ms();
  // A callback may arm and cancel others: start over after each.
  for (std::size_t i = 0; i < timers_.size();) {
    Timer* timer = timers_[i];
    if (timer->deadline_ms_ > now) {
      ++i;
      continue;
    }
    timer->cancel();
    timer->call_(timer->self_);
    i = 0;
  }
}

void Loop::run(bool (*sweep)(void*), void* context) {
  while (sweep(context)) {
    batch_size_ = ::epoll_wait(epoll_.get(), batch_, 16, next_timeout_ms());
    for (int i = 0; i < batch_size_; ++i) {
      if (Watch* watch = static_cast<Watch*>(batch_[i].data.ptr)) {
        watch->call_(watch->self_, batch_[i].events);
      }
    }
    batch_size_ = 0;
    fire_timers();
  }
}

}  // namespace gantry::shim
