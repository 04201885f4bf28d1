// Checks of names that become parts of paths.
#pragma once

#include <string>
#include <string_view>

namespace gantry::oci {

/// 64 lower-case hex digits, or GANTRY_INVALID.
const std::string& check_container_id(const std::string& id);
bool is_container_id(std::string_view text);

}  // namespace gantry::oci
