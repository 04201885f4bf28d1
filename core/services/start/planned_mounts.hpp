// The mounts of one start: binds, volumes, tmpfs, and the files the engine keeps for the container.
// Makes missing bind sources of HostConfig.Binds. The container's lease is held.
#pragma once

#include <vector>

#include "core/services/start/start_plan.hpp"
#include "core/services/world/container_world.hpp"

namespace gantry::services {

std::vector<PlannedMount> planned_mounts(const ContainerWorld& world,
                                         const domain::ContainerRecord& record,
                                         const std::string& init_binary);

}  // namespace gantry::services
