// Looks up everything one start depends on and freezes it in a StartPlan. Reads the host and the
// image; changes nothing but missing bind sources of HostConfig.Binds, which Docker makes. The
// container's lease is held.
#pragma once

#include "core/services/start/start_plan.hpp"
#include "core/services/world/container_world.hpp"

namespace gantry::services {

/// `record.mounts` of volumes carry the path they are mounted at; the files of the container's
/// directory are written.
StartPlan make_start_plan(const ContainerWorld& world, const domain::ContainerRecord& record);

}  // namespace gantry::services
