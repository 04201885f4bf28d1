// A directory tree as a POSIX pax tar.
#pragma once

#include "base/operation.hpp"

namespace gantry::oci {

/// Writes everything below `root` to `fd`: names without a leading "./", hard links, devices,
/// owners, times, capabilities and user.* attributes; sockets are left out, other file systems not
/// entered. A closed reader is GANTRY_CANCELLED.
void export_tree(int root, int fd, const Operation& op);

}  // namespace gantry::oci
