#include "core/images/image.hpp"

namespace gantry::images {

std::uint64_t ImageRecord::unpacked_size() const {
  std::uint64_t sum = 0;
  for (const ImageLayer& layer : layers) sum += layer.unpacked_size;
  return sum;
}

}  // namespace gantry::images
