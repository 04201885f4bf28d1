// Bytes in a directory tree, counted as Docker counts layers: lengths of files and links, a file
// with several names once, directories nothing.
#pragma once

#include <cstdint>

#include "base/operation.hpp"

namespace gantry::oci {

/// Entries that vanish meanwhile are left out, and what lies deeper than any path can name. Links
/// are not followed, mounts are not entered.
std::uint64_t tree_size(int directory, const Operation& op = {});

}  // namespace gantry::oci
