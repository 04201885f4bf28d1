// Sizes as users write them. Pure: any thread.
#pragma once

#include <cstdint>
#include <string>

namespace gantry {

/// "1.5G", "64MiB", "500 kb", "12": powers of 1024, as Docker's units.RAMInBytes. Throws
/// Error{invalid}.
std::uint64_t parse_ram_bytes(const std::string& text);

}  // namespace gantry
