#include "core/services/images/image_inspect.hpp"

#include <algorithm>

#include "core/base/error.hpp"
#include "core/images/manifest.hpp"

namespace gantry::services {

InspectedImage ImageInspect::run(const std::string& reference,
                                 const std::optional<images::Platform>& wanted) {
  const images::PinnedImage pinned = store_.pin(reference);
  if (wanted) images::require_platform(reference, pinned->platform, *wanted);
  const images::ImagePtr parent = store_.find_parent(*pinned.image);
  return {pinned.image, blobs_.read(pinned->config.digest, images::kMaxConfigBytes),
          parent ? parent->id : std::string()};
}

// An image made here is its parent and one line more.
void ImageInspect::name_lines(images::ImagePtr image, std::vector<HistoryLine>& lines) const {
  for (HistoryLine& line : lines) {
    if (!image) return;
    line.id = image->id;
    line.repo_tags = image->repo_tags;
    image = store_.find_parent(*image);
  }
}

std::vector<HistoryLine> ImageInspect::history(const std::string& reference,
                                               const std::optional<images::Platform>& platform) {
  const InspectedImage inspected = run(reference, platform);
  const images::ImageConfig config = images::parse_image_config(inspected.config);
  const auto& layers = inspected.image->layers;

  std::vector<HistoryLine> lines;
  std::size_t layer = 0;
  for (const images::HistoryEntry& entry : config.history) {
    HistoryLine line;
    line.entry = entry;
    if (!entry.empty_layer) {
      if (layer == layers.size())
        throw Error(Errc::internal, "too many non-empty layers in History section");
      line.size = layers[layer++].unpacked_size;
    }
    lines.push_back(std::move(line));
  }
  std::reverse(lines.begin(), lines.end());
  name_lines(inspected.image, lines);
  return lines;
}

}  // namespace gantry::services
