// Checks the IPAM part of a network create request, in Docker's words. Pure; any thread.
#pragma once

#include <vector>

#include "core/domain/network.hpp"

namespace gantry::domain {

/// Throws Error{invalid} "invalid network config:" followed by one line per fault. Pools without a
/// subnet are fine when they say nothing else: the engine chooses.
void check_ipam(const std::vector<IpamPool>& pools);

}  // namespace gantry::domain
