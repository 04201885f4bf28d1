// Events of images (behaviours.md 8): the image's labels and its name. Any thread.
#pragma once

#include <string>

#include "core/images/image.hpp"
#include "core/state/event_bus.hpp"

namespace gantry::services {

/// `actor` is the image id but for pulls, where it is the reference; `image` may be null.
void publish_image_event(state::EventBus& events, const std::string& action,
                         const std::string& actor, const std::string& name,
                         const images::ImageRecord* image);

}  // namespace gantry::services
