// Container events as Docker words them (behaviours.md 8.4, 8.5). Any thread.
#pragma once

#include <map>
#include <string>

#include "core/domain/container.hpp"
#include "core/state/event_bus.hpp"

namespace gantry::services {

/// Attributes: every label, `image`, `name`, and `extra`.
void publish_container_event(state::EventBus& events, const domain::ContainerRecord& record,
                             const std::string& action,
                             const std::map<std::string, std::string>& extra = {});

}  // namespace gantry::services
