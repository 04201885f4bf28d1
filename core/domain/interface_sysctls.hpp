// Sysctls of one interface (`net.X.Y.eth0.Z`) among those of the container. They belong to an
// endpoint, which has them once its interface is there; clients before API 1.46 had no other place
// for them (behaviours.md 5.4). Pure.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "core/domain/container.hpp"

namespace gantry::domain {

/// Whether the stack that `network_mode` gives is the container's own, so that sysctls of its
/// interfaces are looked for.
bool has_own_interfaces(std::string_view network_mode);

/// "net.X.Y.ethN.Z"
bool names_interface(std::string_view sysctl);

/// What stands in the driver options of an endpoint for `sysctls`, and the names of those.
struct InterfaceSysctls {
  std::vector<std::string> names, settings;
};
/// Throws Error{invalid} in Docker's words from API 1.48 on, and for any interface but eth0.
InterfaceSysctls find_interface_sysctls(const std::map<std::string, std::string>& sysctls,
                                        int api_minor);

/// In front of what the endpoint has. Gives the warning for the client.
std::string add_to_endpoint(const InterfaceSysctls& found, Endpoint& endpoint);

}  // namespace gantry::domain
