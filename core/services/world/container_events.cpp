#include "core/services/world/container_events.hpp"

#include <utility>

namespace gantry::services {

void publish_container_event(state::EventBus& events, const domain::ContainerRecord& record,
                             const std::string& action,
                             const std::map<std::string, std::string>& extra) {
  domain::Event event;
  event.type = "container";
  event.action = action;
  event.actor_id = record.id;
  event.attributes = record.config.labels;
  event.attributes["image"] = record.config.image;
  event.attributes["name"] = record.name;
  for (const auto& [key, value] : extra) event.attributes[key] = value;
  events.publish(std::move(event));
}

}  // namespace gantry::services
