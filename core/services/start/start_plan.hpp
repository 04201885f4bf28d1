// Everything the OCI spec of one start depends on, frozen: the record, and what had to be looked up
// on the host or in the image. Plain values, so that the spec is a pure function of them
// (oci_spec.hpp).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/devices/cdi_spec.hpp"
#include "core/domain/container.hpp"
#include "core/services/base/user_lookup.hpp"
#include "core/services/world/container_defaults.hpp"

namespace gantry::services {

/// One entry of the spec's mounts that users asked for, its source already on this host.
struct PlannedMount {
  std::string type;                 // "bind", "tmpfs", "image"
  std::string source, destination;  // source of an image: its root at the runtime
  std::vector<std::string> options;
  std::string subpath{};  // below `source`, which it must not leave; empty: all of it
  /// Has no propagation of its own: mounts come from the host where its source lets them.
  bool follows_host = false;
};

struct PlannedDevice {
  char type = 'c';  // c, b; u, p of CDI devices
  std::int64_t major = 0, minor = 0;
  std::string path;  // in the container
  std::uint32_t mode = 0666, uid = 0, gid = 0;
  std::string access = "rwm";  // empty: none
};

/// One blkio limit with its device looked up.
struct PlannedRate {
  std::int64_t major = 0, minor = 0;
  std::uint64_t value = 0;
};

struct PlannedBlkio {
  std::vector<PlannedRate> weight, read_bps, write_bps, read_iops, write_iops;
};

struct StartPlan {
  domain::ContainerRecord record;
  ContainerDefaults defaults;
  ResolvedUser user;
  std::vector<std::string> link_environment;
  std::vector<PlannedMount> mounts;  // binds, volumes, tmpfs, and the files the engine keeps
  std::vector<PlannedDevice> devices;
  PlannedBlkio blkio;
  std::vector<std::string> device_environment;  // over what the container has otherwise
  std::vector<devices::Hook> hooks;
  std::optional<devices::IntelRdt> intel_rdt;
  std::string pid_namespace, ipc_namespace;  // path to join; empty: as the mode says
  std::string shm_source;                    // host path of a shared /dev/shm; empty: a tmpfs
  std::string init_binary;                   // empty: without one
  bool cgroup_v2 = false;
};

}  // namespace gantry::services
