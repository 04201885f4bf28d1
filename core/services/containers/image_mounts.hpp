// Mounts of the type "image": what an image has, for reading. Each stands on a root of its own at
// the runtime, which keeps the image's layers as long as the container exists. The container's
// lease is held, or nobody knows the container yet.
#pragma once

#include <vector>

#include "core/domain/container.hpp"
#include "core/images/image_store.hpp"
#include "core/pluginhost/runtime.hpp"

namespace gantry::services {

/// Looks the images of planned mounts up, and names their roots. To be held until
/// create_image_roots() is done. Throws Error{not_found}.
std::vector<images::PinnedImage> pin_mounted_images(std::vector<domain::MountPoint>& mounts,
                                                    images::ImageStore& images);
/// Makes the roots; `pins`: what pin_mounted_images() gave.
void create_image_roots(const domain::ContainerRecord& record,
                        const std::vector<images::PinnedImage>& pins, pluginhost::Runtime& runtime);
/// What is not there is no error.
void remove_image_roots(const domain::ContainerRecord& record, pluginhost::Runtime& runtime);
/// Whether the container mounts this image.
bool mounts_image(const domain::ContainerRecord& record, const std::string& image_id);

}  // namespace gantry::services
