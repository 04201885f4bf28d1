// Publishes events to listeners and remembers the last 256 (behaviours.md 8.2). Any thread; publish
// never blocks: each subscription has its own queue and notifier.
#pragma once

#include <deque>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "core/base/notifier.hpp"
#include "core/domain/event.hpp"

namespace gantry::state {

class EventBus {
 public:
  /// One listener's queue. Destroying it unsubscribes.
  class Subscription {
   public:
    ~Subscription();
    /// Next queued event, or nullopt when none is waiting (then wait on notifier()).
    std::optional<domain::Event> try_next();
    Notifier& notifier() { return notifier_; }

   private:
    friend class EventBus;
    Subscription(EventBus& bus) : bus_(bus) {}
    EventBus& bus_;
    std::mutex mutex_;
    std::deque<domain::Event> queue_;
    Notifier notifier_;
  };

  void publish(domain::Event event);
  /// Subscribes and, in the same instant, copies the history: no event is lost or doubled between
  /// both.
  std::unique_ptr<Subscription> subscribe(std::vector<domain::Event>* history = nullptr);
  size_t listeners() const;

 private:
  void unsubscribe(Subscription* s);
  mutable std::mutex mutex_;
  std::deque<domain::Event> history_;
  std::list<Subscription*> subscriptions_;
  UnixNanos last_time_ = 0;
};

}  // namespace gantry::state
