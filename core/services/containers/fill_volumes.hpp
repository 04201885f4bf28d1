// Fresh volumes of a new container start with what its image has at their places (behaviours.md
// 12.4). The container's lease is held; its root exists and nothing has run in it.
#pragma once

#include "core/domain/container.hpp"
#include "core/services/world/container_world.hpp"

namespace gantry::services {

/// Not for binds, VolumesFrom and NoCopy; a volume that holds anything stays as it is. Throws what
/// copying throws; an anonymous volume over a file is Error{internal} in Docker's words.
void fill_volumes(const domain::ContainerRecord& record, const ContainerWorld& world);

}  // namespace gantry::services
