#include "core/services/engine/event_feed.hpp"

#include "core/base/time.hpp"
#include "core/domain/event_filter.hpp"

namespace gantry::services {

EventFeed::EventFeed(state::EventBus& bus, EventQuery query) : query_(std::move(query)) {
  const bool replay = query_.since || query_.until;
  subscription_ = bus.subscribe(replay ? &history_ : nullptr);
}

bool EventFeed::wanted(const domain::Event& event) const {
  if (query_.since && event.time < *query_.since) return false;
  if (query_.until && event.time > *query_.until) return false;
  return domain::event_wanted(event, query_.filters);
}

void EventFeed::run(const Peer& peer, const std::function<bool(const domain::Event&)>& send) {
  for (const domain::Event& event : history_)
    if (wanted(event) && !send(event)) return;
  history_ = {};
  for (;;) {
    while (const auto event = subscription_->try_next())
      if (wanted(*event) && !send(*event)) return;
    std::optional<std::chrono::nanoseconds> left;
    if (query_.until) {
      const UnixNanos now = now_nanos();
      if (*query_.until <= now) return;
      left = std::chrono::nanoseconds(*query_.until - now);
    }
    if (wait_for(subscription_->notifier(), peer, left) == Woken::peer_gone) return;
  }
}

}  // namespace gantry::services
