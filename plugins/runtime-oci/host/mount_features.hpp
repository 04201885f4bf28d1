// What kernel and OCI runtime can do with mounts. Any thread.
#pragma once

#include "host/oci_runtime.hpp"

namespace gantry::oci {

struct MountFeatures {
  bool recursive_read_only = false;  // mount option "rro": a whole tree of mounts
  bool subpath = false;              // a path inside a source, without leaving it
  bool images = false;               // what an image has
};

MountFeatures mount_features(const OciRuntime& runtime);

/// runc since 1.1 and crun since 1.5 know "rro". Pure.
bool knows_recursive_read_only(const OciRuntimeInfo& runtime);

}  // namespace gantry::oci
