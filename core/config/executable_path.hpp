// The file this process runs from (executable_path_<os>.cpp). Private to core/config. Any thread.
#pragma once

#include <filesystem>

namespace gantry::config {

/// Absolute, links resolved; empty when the system does not tell.
std::filesystem::path executable_path();

}  // namespace gantry::config
