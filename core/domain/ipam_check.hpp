// Checks the IPAM part of a network create request, in Docker's words. Pure; any thread.
#pragma once

#include <vector>

#include "core/domain/network.hpp"

namespace gantry::domain {

/// Throws Error{invalid} "invalid network config:" followed by one line per fault. IPv6 subnets of
/// a network without IPv6 are not looked into, as in Docker.
void check_ipam(const std::vector<IpamPool>& pools, bool enable_ipv6);

}  // namespace gantry::domain
