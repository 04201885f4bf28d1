// Device nodes of this host, for HostConfig.Devices, CDI devices, blkio limits and privileged
// containers. Reads the disk; any thread.
#pragma once

#include <string>
#include <vector>

#include "core/services/start/start_plan.hpp"

namespace gantry::services {

/// The node at `path_on_host`, or every node below when it is a directory, as seen at
/// `path_in_container`. Throws Error{internal} `error gathering device information while adding
/// custom device "X": …`.
std::vector<PlannedDevice> custom_devices(const std::string& path_on_host,
                                          const std::string& path_in_container,
                                          const std::string& access);

/// A node as a CDI specification describes it, for a container of that user; type and number that
/// it leaves out are the host's node's. Throws Error{internal} "CDI device injection failed: …"
/// naming it.
PlannedDevice cdi_device(const devices::Node& node, const ResolvedUser& user);

/// Every node of /dev a privileged container sees under its own name.
std::vector<PlannedDevice> all_devices();

/// Number of the block device at `path`; throws Error{internal} naming it.
PlannedRate device_rate(const std::string& path, std::uint64_t value);

}  // namespace gantry::services
