// The options of Docker's local driver: type, device, o, size. Pure: any thread.
#pragma once

#include <cstdint>
#include <gantry/cpp/volume.hpp>
#include <string>

namespace volume_local {

struct MountOptions {
  std::string type, device, options;  // all empty: a plain directory
  std::uint64_t size = 0;             // of a plain directory, in bytes; 0: no limit
  bool needs_mount() const { return !type.empty() || !device.empty(); }
};

/// Checks as dockerd does and in its words; throws Error{GANTRY_INVALID}.
MountOptions parse_options(const gantry::sdk::Options& options);

}  // namespace volume_local
