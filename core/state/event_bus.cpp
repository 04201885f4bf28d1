#include "core/state/event_bus.hpp"

#include <algorithm>

namespace gantry::state {
namespace {

constexpr size_t kHistory = 256;
/// A listener that stopped reading loses its oldest events beyond this, rather than growing the
/// daemon.
constexpr size_t kQueueLimit = 16384;
/// Times of events that are this close are of one clock, published in another order.
constexpr UnixNanos kSameClock = 1'000'000'000;

}  // namespace

EventBus::Subscription::~Subscription() { bus_.unsubscribe(this); }

std::optional<domain::Event> EventBus::Subscription::try_next() {
  const std::lock_guard lock(mutex_);
  if (queue_.empty()) {
    // Under the mutex: publish() raises the flag under it too, so no event slips in between.
    notifier_.drain();
    return std::nullopt;
  }
  domain::Event event = std::move(queue_.front());
  queue_.pop_front();
  return event;
}

void EventBus::publish(domain::Event event) {
  const std::lock_guard lock(mutex_);
  if (event.time == 0) event.time = now_nanos();
  // Clients resume with `since` = the last time they saw: no two events may share one. A clock that
  // was set back is followed.
  if (event.time > last_time_ - kSameClock) event.time = std::max(event.time, last_time_ + 1);
  last_time_ = event.time;
  for (Subscription* s : subscriptions_) {
    const std::lock_guard queue_lock(s->mutex_);
    if (s->queue_.size() >= kQueueLimit) s->queue_.pop_front();
    s->queue_.push_back(event);
    s->notifier_.notify();
  }
  history_.push_back(std::move(event));
  if (history_.size() > kHistory) history_.pop_front();
}

std::unique_ptr<EventBus::Subscription> EventBus::subscribe(std::vector<domain::Event>* history) {
  std::unique_ptr<Subscription> subscription(new Subscription(*this));
  const std::lock_guard lock(mutex_);
  subscriptions_.push_back(subscription.get());
  if (history != nullptr) history->assign(history_.begin(), history_.end());
  return subscription;
}

size_t EventBus::listeners() const {
  const std::lock_guard lock(mutex_);
  return subscriptions_.size();
}

void EventBus::unsubscribe(Subscription* s) {
  const std::lock_guard lock(mutex_);
  subscriptions_.remove(s);
}

}  // namespace gantry::state
