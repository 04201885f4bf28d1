// Which CDI devices a container asks for: HostConfig.DeviceRequests, and HostConfig.Devices that
// name one. Pure; any thread. The container's lease need not be held.
#pragma once

#include <string>
#include <vector>

#include "core/devices/cdi_registry.hpp"
#include "core/json/reader.hpp"

namespace gantry::services {

/// Whether the devices of this host have to be looked at.
bool asks_for_cdi_devices(const json::Node& host_config);

/// Qualified names, as asked for: that there are such devices is not said. `registry` null: CDI is
/// switched off. Throws Error{internal} `could not select device driver …` for a request that no
/// device answers, in Docker's words.
std::vector<std::string> requested_cdi_devices(const json::Node& host_config,
                                               const devices::CdiRegistry* registry);

}  // namespace gantry::services
