// The event that ends each kind of prune. Any thread.
#pragma once

#include <cstdint>
#include <string>

#include "core/state/event_bus.hpp"

namespace gantry::services {

/// `type`: "image", "builder", …
inline void publish_prune_event(state::EventBus& events, const std::string& type,
                                std::int64_t freed_bytes) {
  domain::Event event;
  event.type = type;
  event.action = "prune";
  event.attributes["reclaimed"] = std::to_string(freed_bytes);
  events.publish(std::move(event));
}

}  // namespace gantry::services
