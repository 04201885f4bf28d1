// The driver options of an endpoint that mean something: Docker's names. Pure; any thread.
#pragma once

#include <string>
#include <vector>

#include "core/domain/container.hpp"

namespace gantry::domain {

inline constexpr const char* kEndpointSysctls = "com.docker.network.endpoint.sysctls";

/// Interface name that the client chose; empty: none.
std::string endpoint_interface(const Endpoint& endpoint);
/// "net.ipv4.conf.IFNAME.log_martians=1" each, IFNAME standing for the interface.
std::vector<std::string> endpoint_sysctls(const Endpoint& endpoint);
/// What is wrong with them, in Docker's words; empty when nothing is.
std::vector<std::string> endpoint_option_faults(const Endpoint& endpoint);
/// By a sysctl of the whole container: it gets no IPv6 address on any network then.
bool switches_ipv6_off(const ContainerRecord& record);

}  // namespace gantry::domain
