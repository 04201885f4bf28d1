// Linux capabilities by name and number.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace gantry::oci {

/// Bit number of "CAP_NET_ADMIN"; nullopt for a name this version does not know.
std::optional<int> find_capability(std::string_view name);
/// What this process may hand on: its bounding set.
std::uint64_t available_capabilities();

}  // namespace gantry::oci
