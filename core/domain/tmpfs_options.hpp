// Mount options of a tmpfs, as requests give them. Pure; any thread.
#pragma once

#include <string_view>

namespace gantry::domain {

/// Whether it is one option that containers' tmpfs mounts may have: a flag of mounts, or one of
/// tmpfs' own, with its value (tmpfs(5); the value is the kernel's to check).
bool is_tmpfs_option(std::string_view option);

}  // namespace gantry::domain
