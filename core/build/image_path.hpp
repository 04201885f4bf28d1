// Paths in an image as instructions name them. Pure, any thread. No errors.
#pragma once

#include <string>
#include <string_view>

namespace gantry::build {

/// Absolute, without "." and "..", which are taken as written: links do not count. A relative path
/// begins in `work_directory`, which is the root when it is empty.
std::string image_path(std::string_view path, std::string_view work_directory);

}  // namespace gantry::build
