// Finding a container and taking its lease as one step. Any thread.
#pragma once

#include <string>

#include "core/services/world/container_world.hpp"

namespace gantry::services {

struct LeasedContainer {
  state::Lease lease;
  state::ContainerPtr snapshot;  // current: nobody else can replace it
};

/// As it is once an end that the runtime has reported is in its record: clients whose streams have
/// ended look at once. Throws Error{not_found} `No such container: X`.
state::ContainerPtr settled_container(const ContainerWorld& world, const std::string& reference);

/// The same with its lease. Throws Error{not_found} `No such container: X`, also when it goes while
/// we wait for the lease.
LeasedContainer lease_container(const ContainerWorld& world, const std::string& reference);

/// Throws Error{conflict} `container ID is not running` (restarting counts as not running here).
void require_running(const domain::ContainerRecord& record);

}  // namespace gantry::services
