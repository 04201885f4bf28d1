// Looks a program up in PATH. One thread.
#pragma once

#include <optional>
#include <string>

namespace gantry::cli {

/// Absolute path of the first executable file of that name; a name with a slash is only checked.
std::optional<std::string> find_program(const std::string& name);

}  // namespace gantry::cli
