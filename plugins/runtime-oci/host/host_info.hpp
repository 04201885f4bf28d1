// The info document of gantry/runtime.h: what this host and its OCI runtime offer, probed in the
// kernel's files.
#pragma once

#include <string>
#include <vector>

#include "host/apparmor.hpp"
#include "host/cgroups.hpp"
#include "host/oci_runtime.hpp"

namespace gantry::oci {

struct HostParts {
  const Cgroups& cgroups;
  const OciRuntime& runtime;
  const AppArmor& apparmor;
  const std::string& state_dir;
  const std::string& init;  // a program, if it is there
};
/// JSON. Without a working OCI runtime its members are empty and a warning says why.
std::string host_info(const HostParts& host, const std::vector<std::string>& warnings);

}  // namespace gantry::oci
