// The options of Docker's local driver: type, device, o, size. Pure: any thread.
#pragma once

#include <gantry/cpp/volume.hpp>
#include <string>

namespace volume_local {

struct MountOptions {
  std::string type, device, options;  // all empty: a plain directory
  bool needs_mount() const { return !type.empty() || !device.empty(); }
};

/// Checks as dockerd does and in its words; throws Error{GANTRY_INVALID}. A size needs project
/// quotas, which this driver does not set up: it is refused rather than ignored.
MountOptions parse_options(const gantry::sdk::Options& options);

}  // namespace volume_local
