// What overlayfs wrote for a container becomes a layer like those that come from archives.
#pragma once

#include <cstdint>
#include <vector>

#include "base/fd.hpp"
#include "base/operation.hpp"

namespace gantry::oci {

/// Removes what no layer has: sockets, whiteouts of what is not below, and what has a name that
/// archives of layers give to whiteouts (entry_path.hpp). `lower`: the layers below, topmost first.
/// Gives the bytes (tree_size.hpp). GANTRY_INVALID: nested too deeply.
std::uint64_t settle_tree(int directory, const std::vector<UniqueFd>& lower, const Operation& op);

}  // namespace gantry::oci
