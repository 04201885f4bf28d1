#include "core/services/images/image_events.hpp"

namespace gantry::services {

void publish_image_event(state::EventBus& events, const std::string& action,
                         const std::string& actor, const std::string& name,
                         const images::ImageRecord* image) {
  domain::Event event;
  event.type = "image";
  event.action = action;
  event.actor_id = actor;
  if (image) event.attributes = image->defaults.labels;
  event.attributes["name"] = name;
  events.publish(std::move(event));
}

}  // namespace gantry::services
