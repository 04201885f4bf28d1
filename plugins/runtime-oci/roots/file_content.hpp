// The content of a regular file, copied by whatever the file systems do best.
#pragma once

#include <cstdint>
#include <string>

#include "base/operation.hpp"

namespace gantry::oci {

/// Both are open at their beginning; `size` is what `from` had when it was looked at. Clones the
/// blocks where the file system shares them, keeps holes. Gives the bytes copied; throws os_error
/// naming `path`.
std::uint64_t copy_content(int from, int to, std::uint64_t size, const std::string& path,
                           const Operation& op);

}  // namespace gantry::oci
