// The text of a container's /etc/hosts. Pure: any thread.
#pragma once

#include <gantry/cpp/network.hpp>
#include <string>
#include <vector>

namespace net_hosts {

/// Everything but the block of names: Docker's default lines, extra hosts, then the container's own
/// addresses with "host.domain host" (or just the host name).
std::string base_hosts(const gantry::sdk::ContainerRequest& container);

/// The marked block with the lines of all members, or "" when there are none. Names that could
/// break a line (white space, '#', control characters: aliases are free text) are left out.
std::string names_block(const std::vector<gantry::sdk::Member>& members);

/// "172.18.0.2/16" → "172.18.0.2".
std::string without_prefix_length(const std::string& address);

}  // namespace net_hosts
