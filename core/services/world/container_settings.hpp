// What the services for containers are told once, at start-up. Plain value; read-only afterwards.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "core/services/world/container_defaults.hpp"

namespace gantry::services {

struct ContainerSettings {
  std::filesystem::path
      root;  // the engine's own directory; containers live in <root>/containers/<id>
  /// Sensitive host paths that may be bound all the same ([daemon] allow_host_binds).
  std::vector<std::string> allow_host_binds;
  ContainerDefaults defaults;
  std::vector<std::string> cdi_directories;  // [devices] cdi_dirs; empty: no CDI
  bool cgroup_v2 = false;  // from the runtime's info: defaults of CgroupnsMode and OomKillDisable
  std::string runtime_name = "runc";  // what HostConfig.Runtime shows and accepts
  bool recursive_read_only = false;  // kernel and runtime can make a whole tree of mounts read-only
  bool mount_subpath = false;        // the runtime can mount a path inside a volume safely
  bool image_mounts = false;         // the runtime can mount what an image has
  bool root_size = false;            // the runtime can limit what a container writes to its root
  std::string memory_nodes;          // that the host has: "0-1"; empty: nobody knows
  std::string init_binary;           // docker-init compatible, for HostConfig.Init; empty: none
  std::string apparmor_profile;      // of containers by default; empty: the host has no AppArmor

  std::filesystem::path directory(const std::string& container_id) const {
    return root / "containers" / container_id;
  }
};

}  // namespace gantry::services
