// Opening a path that must not lead out of a directory, whatever links somebody puts there
// meanwhile. Any thread.
#pragma once

#include <string>

#include "core/base/unique_fd.hpp"

namespace gantry::file {

/// The directory `relative` below `base`. Throws Error: not_found `cannot access path …`, invalid
/// `path concatenation escapes the base directory, …`, unsupported where the system cannot promise
/// it.
UniqueFd open_directory_beneath(const std::string& base, const std::string& relative);

/// A path that leads to the directory that is open, wherever it has been moved.
std::string path_of_open(int directory);

}  // namespace gantry::file
