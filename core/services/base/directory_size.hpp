// How much a directory tree holds. Any thread; slow for large trees.
#pragma once

#include <cstdint>
#include <filesystem>

namespace gantry::services {

/// Sum of the sizes of all files below, each inode once; what cannot be read counts as nothing.
std::int64_t directory_size(const std::filesystem::path& path);

}  // namespace gantry::services
