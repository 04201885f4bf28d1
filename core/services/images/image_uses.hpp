// How the image services learn which containers stand on an image: given by whoever knows
// containers.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "core/images/image.hpp"

namespace gantry::services {

/// All containers, running or not, of one image. Any thread; called without locks.
using ImageUses = std::function<std::vector<images::ImageUse>(const std::string& image_id)>;

}  // namespace gantry::services
