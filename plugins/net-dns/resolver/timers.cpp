#include "resolver/timers.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

namespace net_dns {

std::int64_t Timers::now_ms() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

Timers::Id Timers::start(std::int64_t after_ms, std::function<void()> expired) {
  const Id id = ++last_;
  const std::int64_t due = now_ms() + after_ms;
  timers_.emplace(id, Timer{due, std::move(expired)});
  queue_.emplace(due, id);
  return id;
}

void Timers::stop(Id& id) {
  const auto it = timers_.find(std::exchange(id, 0));
  if (it == timers_.end()) return;
  queue_.erase({it->second.due, it->first});
  timers_.erase(it);
}

int Timers::next_ms() const {
  if (queue_.empty()) return -1;
  return static_cast<int>(std::clamp<std::int64_t>(queue_.begin()->first - now_ms(), 0, 60000));
}

void Timers::run() {
  if (queue_.empty()) return;
  const std::int64_t now = now_ms();
  while (!queue_.empty() && queue_.begin()->first <= now) {
    Id id = queue_.begin()->second;
    const auto expired = std::move(timers_.at(id).expired);
    stop(id);
    expired();
  }
}

}  // namespace net_dns
