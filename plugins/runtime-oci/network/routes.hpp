// The host's routes, so that new networks avoid them.
#pragma once

#include <string>
#include <vector>

#include "network/netlink.hpp"

namespace gantry::oci {

/// "10.0.0.0/8" for every prefix in the main table but the default route, each once.
std::vector<std::string> routed_prefixes(const NetlinkSocket& host);

}  // namespace gantry::oci
