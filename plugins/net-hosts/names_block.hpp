// The block of names in a container's /etc/hosts. Pure: any thread.
#pragma once

#include <gantry/cpp/network.hpp>
#include <map>
#include <string>

namespace net_hosts {

/// Members of one network, by container id.
using Members = std::map<std::string, gantry::sdk::Member>;

/// Lines for all members of a network, and for the links of `container_id`. Names that could break
/// a line (white space, '#', control characters: aliases are free text) are left out.
std::string name_lines(const Members& members, const std::string& container_id);

}  // namespace net_hosts
