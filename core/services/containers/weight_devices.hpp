// HostConfig.BlkioWeightDevice at create (cgroups v1). Pure but for a look at the host's devices.
#pragma once

#include "core/domain/container_request.hpp"

namespace gantry::services {

/// Leaves out devices that take no weight, of which the start would fail; with Docker's warning.
void discard_weight_devices(domain::CreateRequest& request);

}  // namespace gantry::services
