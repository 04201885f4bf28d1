#include "events.hpp"

#include <utility>

namespace gantry::shim {

void Events::announce(const Fact& fact, EventWaiter* waiter) {
  if (kept_.size() >= kKept) kept_.erase(kept_.begin());
  kept_.push_back({++last_, fact, Text<72>(fact.exec_id), waiter, false});
  send_unsent();
  if (subscriber_ == nullptr) settle_all();
}

// In order. The rest follows when the subscriber has read some: it acks what it reads.
void Events::send_unsent() {
  for (Kept& kept : kept_) {
    if (kept.sent) continue;
    if (subscriber_ != nullptr) kept.sent = send(kept);
    if (!kept.sent) return;
  }
}

bool Events::send(const Kept& kept) {
  Event event;
  event.sequence = kept.sequence;
  event.kind = static_cast<std::uint32_t>(kept.fact.kind);
  event.exec_id = kept.exec_id.view();
  event.exit_code = kept.fact.exit_code;
  event.oom_killed = kept.fact.oom_killed;
  event.streams_open = kept.fact.streams_open;
  event.time = kept.fact.time;
  const bool sent = subscriber_->send_event(event);
  if (subscriber_->closed()) subscriber_ = nullptr;
  return sent;
}

void Events::forget(EventWaiter* waiter) {
  for (Kept& kept : kept_) {
    if (kept.waiter == waiter) kept.waiter = nullptr;
  }
}

void Events::acked(std::uint64_t sequence) {
  for (auto kept = kept_.begin(); kept != kept_.end(); ++kept) {
    if (kept->sequence != sequence) continue;
    EventWaiter* waiter = kept->waiter;
    kept_.erase(kept);
    if (waiter != nullptr) waiter->on_event_settled();
    break;
  }
  send_unsent();  // also when it is kept no longer
}

void Events::subscribe(Connection& connection) {
  subscriber_ = &connection;
  for (Kept& kept : kept_) kept.sent = false;
  send_unsent();
}

void Events::connection_closed(const Connection& connection) {
  if (subscriber_ != &connection) return;
  subscriber_ = nullptr;
  settle_all();
}

void Events::settle_all() {
  for (std::size_t i = 0; i < kept_.size(); ++i) {
    if (EventWaiter* waiter = std::exchange(kept_[i].waiter, nullptr)) waiter->on_event_settled();
  }
}

}  // namespace gantry::shim
