// Limits of a container's processes: those of HostConfig, and the engine's for what is not in
// there. Pure; any thread.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/domain/container.hpp"

namespace gantry::domain {

struct Ulimit {
  std::string name;                 // "nofile"
  std::int64_t soft = 0, hard = 0;  // -1: unlimited
};

/// Throws Error{invalid} for limits that kernels do not have, and soft ones above the hard.
void check_ulimits(const json::Node& host_config);

/// The limits of `host_config`, then those of `defaults` whose names are not among them.
std::vector<Ulimit> effective_ulimits(const json::Node& host_config,
                                      const std::vector<Ulimit>& defaults);

/// HostConfig as dockerd shows it: with all limits that the container gets.
std::string with_ulimits(const HostConfig& host_config, const std::vector<Ulimit>& defaults);

}  // namespace gantry::domain
