// The info document of gantry/runtime.h: what this host and its OCI runtime offer, probed in the
// kernel's files.
#pragma once

#include <string>
#include <vector>

#include "host/cgroups.hpp"
#include "host/oci_runtime.hpp"

namespace gantry::oci {

/// JSON. Without a working OCI runtime its members are empty and a warning says why.
std::string host_info(const Cgroups& cgroups, const OciRuntime& runtime,
                      const std::string& state_dir, const std::vector<std::string>& warnings,
                      const std::string& init);

}  // namespace gantry::oci
