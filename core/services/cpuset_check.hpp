// HostConfig.CpusetCpus against the CPUs there are, before a container is made for it. Any thread.
#pragma once

#include <string>

namespace gantry::services {

/// Throws Error{invalid} `Requested CPUs are not available - requested 99, available: 0-1` or
/// `Invalid value X for cpuset cpus`. `cpus`: how many there are. Empty `requested`: fine.
void check_cpuset(const std::string& requested, unsigned cpus);

}  // namespace gantry::services
