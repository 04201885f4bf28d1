// What a container wants published, taken from HostConfig. Pure; any thread.
#pragma once

#include <string>
#include <vector>

#include "core/domain/container.hpp"

namespace gantry::ports {

/// One port of the container to be reached at one host port number on each of `host_ips`.
struct PortRequest {
  int container_port = 0;
  std::string protocol;               // tcp, udp, sctp
  std::vector<std::string> host_ips;  // the same number is taken on all of them
  int first = 0, last = 0;            // host ports to choose from; 0: any of the ephemeral range
  bool fixed() const { return first != 0 && first == last; }
};

/// Bindings in the order of container ports, then, with publish_all, exposed ports that have none.
/// A binding without a host address is meant for all `any_addresses` ("0.0.0.0", and "::" where the
/// host has IPv6). Throws Error{invalid} `invalid port specification: "x"`.
std::vector<PortRequest> port_requests(const domain::Config& config,
                                       const domain::HostConfig& host_config,
                                       const std::vector<std::string>& any_addresses);

}  // namespace gantry::ports
