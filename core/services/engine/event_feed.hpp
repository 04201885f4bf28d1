// One client's view of the event bus: replay, then live events until the client or the range ends
// (behaviours.md 8.2). Runs on the client's thread.
#pragma once

#include <functional>
#include <optional>

#include "core/base/notifier.hpp"
#include "core/domain/event.hpp"
#include "core/domain/filter_args.hpp"
#include "core/state/event_bus.hpp"

namespace gantry::services {

struct EventQuery {
  std::optional<UnixNanos> since, until;
  domain::FilterArgs filters;
};

class EventFeed {
 public:
  /// Subscribes: what happens from now on is not missed.
  EventFeed(state::EventBus& bus, EventQuery query);
  /// Calls send for each wanted event; returns when send returns false, the peer is gone, or
  /// `until` has passed.
  void run(const Peer& peer, const std::function<bool(const domain::Event&)>& send);

 private:
  bool wanted(const domain::Event& event) const;

  const EventQuery query_;
  std::vector<domain::Event> history_;
  std::unique_ptr<state::EventBus::Subscription> subscription_;
};

}  // namespace gantry::services
