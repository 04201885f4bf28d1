// A directory of a container's root, copied onto the host: what a fresh volume starts with.
#pragma once

#include <cstdint>
#include <vector>

#include "base/fd.hpp"
#include "base/operation.hpp"

namespace gantry::oci {

struct Copied {
  std::uint64_t entries = 0;
  std::uint64_t bytes = 0;  // of file content
};

/// Copies what the merged directory `parts` (topmost first) shows into the empty directory
/// `target`, and gives `target` itself the attributes of the topmost. Owners, modes, extended
/// attributes, times, links, hard links, devices and holes are kept; links are never followed.
/// Throws os_error naming the path; a part may be there then.
Copied copy_merged(const std::vector<UniqueFd>& parts, int target, const Operation& op);

}  // namespace gantry::oci
