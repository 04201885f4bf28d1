// Sizes that only /system/df asks for. Any thread.
#pragma once

#include <cstdint>
#include <vector>

#include "core/services/images/image_list.hpp"

namespace gantry::services {

/// Bytes of all unpacked layers of these images, each layer once.
std::int64_t layers_size(const std::vector<ListedImage>& images);

}  // namespace gantry::services
