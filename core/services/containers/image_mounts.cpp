#include "core/services/containers/image_mounts.hpp"

#include <algorithm>

#include "core/base/random.hpp"

namespace gantry::services {
namespace {

constexpr const char* kImage = "image";

}  // namespace

std::vector<images::PinnedImage> pin_mounted_images(std::vector<domain::MountPoint>& mounts,
                                                    images::ImageStore& images) {
  std::vector<images::PinnedImage> pins;
  for (domain::MountPoint& mount : mounts) {
    if (mount.type != kImage) continue;
    // One that comes from another container is what that one has, whatever its name means by now.
    pins.push_back(images.pin(mount.source.empty() ? mount.name : mount.source));
    mount.source = pins.back().image->id;
    mount.image_root = random_hex();
  }
  return pins;
}

void create_image_roots(const domain::ContainerRecord& record,
                        const std::vector<images::PinnedImage>& pins,
                        pluginhost::Runtime& runtime) {
  auto pin = pins.begin();
  for (const domain::MountPoint& mount : record.mounts)
    if (mount.type == kImage)
      runtime.rootfs_create(mount.image_root, (pin++)->image->top_chain_id());
}

void remove_image_roots(const domain::ContainerRecord& record, pluginhost::Runtime& runtime) {
  for (const domain::MountPoint& mount : record.mounts)
    if (mount.type == kImage) runtime.rootfs_remove(mount.image_root);
}

bool mounts_image(const domain::ContainerRecord& record, const std::string& image_id) {
  return std::any_of(record.mounts.begin(), record.mounts.end(), [&](const auto& mount) {
    return mount.type == kImage && mount.source == image_id;
  });
}

}  // namespace gantry::services
