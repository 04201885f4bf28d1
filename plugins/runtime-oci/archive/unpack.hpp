// A tar into a directory of a container (docker cp).
#pragma once

#include "archive/tree_writer.hpp"
#include "base/operation.hpp"

namespace gantry::oci {

/// Reads `fd` to its end. GANTRY_INVALID: the archive is damaged, or one of its names would leave
/// the directory.
void unpack_into(int fd, TreeWriter& writer, const std::string& directory, const Operation& op);

}  // namespace gantry::oci
