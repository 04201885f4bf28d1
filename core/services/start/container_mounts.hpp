// The volumes of a container around one run: mounted before it starts, unmounted after it ended.
// The container's lease is held.
#pragma once

#include "core/domain/container.hpp"
#include "core/services/volumes/volumes.hpp"

namespace gantry::services {

/// Mounts all, or none and throws; fills the sources.
void mount_volumes(domain::ContainerRecord& record, Volumes& volumes);
/// Never throws; what is not mounted is no error.
void unmount_volumes(const domain::ContainerRecord& record, Volumes& volumes) noexcept;

}  // namespace gantry::services
