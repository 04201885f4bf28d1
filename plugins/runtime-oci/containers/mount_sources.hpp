// The binds of an OCI spec that the supervisor prepares (shim/mount_sources.hpp): those with shared
// propagation and those of a path inside their source. One thread.
#pragma once

#include <string>
#include <vector>

#include "base/json.hpp"

namespace gantry::oci {

/// Member of a mount that names the path inside its source.
inline constexpr char kSubpath[] = "gantry.subpath";

struct MountSource {
  bool shared = false;
  std::string path;
  std::string below;  // relative path inside `path`; empty: `path` itself
};

/// Takes them out of the spec's mounts: their source becomes <bundle>/mounts/<n>. Checks that the
/// host's mounts can do what the propagation asks for: GANTRY_INVALID in Docker's words.
std::vector<MountSource> take_mount_sources(JsonDocument& spec, const std::string& bundle);

}  // namespace gantry::oci
