// The block of names in a container's /etc/hosts. Pure: any thread.
#pragma once

#include <gantry/cpp/network.hpp>
#include <map>
#include <string>

namespace net_hosts {

/// Members of one network, by container id.
using Members = std::map<std::string, gantry::sdk::Member>;

/// Lines for all members of the network of that name, and for the links of `container_id`; each
/// name also as "name.network". Names that could break a line (white space, '#', control
/// characters: aliases are free text) are left out.
std::string name_lines(const Members& members, const std::string& container_id,
                       const std::string& network);

}  // namespace net_hosts
