// Bytes in a directory tree, counted as Docker counts layers: lengths of files and links, a file
// with several names once, directories nothing.
#pragma once

#include <cstdint>

#include "base/operation.hpp"

namespace gantry::oci {

/// Entries that vanish meanwhile are left out. Links are not followed, mounts are not entered.
std::uint64_t tree_size(int directory, const Operation& op = {});
/// The same, and removes sockets, which no layer has.
std::uint64_t settle_tree(int directory, const Operation& op);

}  // namespace gantry::oci
