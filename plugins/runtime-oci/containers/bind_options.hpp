// Options of binds that mean the same and that no OCI runtime misreads. One thread.
#pragma once

#include "base/json.hpp"

namespace gantry::oci {

/// crun takes the r of "rprivate" for the bind's own, and takes along what is mounted below a
/// source that was to be bound alone; it opens the target of "rro" as a directory. Where nothing is
/// mounted below, "private" and "ro" say as much.
void simplify_bind_options(JsonDocument& spec);

}  // namespace gantry::oci
