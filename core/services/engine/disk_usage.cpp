#include "core/services/engine/disk_usage.hpp"

#include <set>

namespace gantry::services {

std::int64_t layers_size(const std::vector<ListedImage>& images) {
  std::int64_t total = 0;
  std::set<std::string> counted;
  for (const ListedImage& item : images)
    for (const images::ImageLayer& layer : item.image->layers)
      if (counted.insert(layer.chain_id).second)
        total += static_cast<std::int64_t>(layer.unpacked_size);
  return total;
}

}  // namespace gantry::services
