// What containers get where their request says nothing ([containers] of the configuration). Plain
// value.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/domain/ulimit.hpp"

namespace gantry::services {

struct ContainerDefaults {
  // Fixed at create, as in dockerd; a container keeps them.
  std::int64_t shm_size = 64 << 20;
  std::string cgroupns_mode;  // "private", "host"; empty: as fits the host's cgroups
  std::string ipc_mode = "private";
  bool no_new_privileges = false;

  // Taken at each start.
  bool init = false;
  std::vector<domain::Ulimit> ulimits;  // for execs, too
  std::string cgroup_parent;            // empty: the runtime's
  std::string seccomp = "default";      // "default", "unconfined", or a profile as JSON
};

}  // namespace gantry::services
