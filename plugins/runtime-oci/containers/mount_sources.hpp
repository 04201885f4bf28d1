// The mounts of an OCI spec that the supervisor prepares (shim/mount_sources.hpp): binds with
// shared propagation, binds of a path inside their source, and what images have. One thread.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/json.hpp"

namespace gantry::oci {

/// Member of a mount that names the path inside its source.
inline constexpr char kSubpath[] = "gantry.subpath";

struct MountSource {
  enum class Kind { bind, shared, image } kind = Kind::bind;
  std::string path;   // image: data of its overlay mount
  std::string below;  // relative path inside `path`; empty: `path` itself
};

/// The data of an overlay mount of what is below a root.
using ImageData = std::function<std::string(const std::string& root)>;

/// Takes them out of the spec's mounts: all become binds, with <bundle>/mounts/<n> as their source.
/// Checks that the host's mounts can do what the propagation asks for: GANTRY_INVALID in Docker's
/// words.
std::vector<MountSource> take_mount_sources(JsonDocument& spec, const std::string& bundle,
                                            const ImageData& image_data);

}  // namespace gantry::oci
