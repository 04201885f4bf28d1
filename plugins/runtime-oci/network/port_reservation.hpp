// Host ports held by bound sockets, so that no other process gets them while they are published,
// and so that ours sees when another one has them. Packets within one address family are translated
// by the kernel and never reach the socket. The shim passes on what does: connections to the host's
// IPv6 addresses of containers that have none, and those from ::1 and link-local addresses, which
// the kernel does not forward.
#pragma once

#include <netinet/in.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/fd.hpp"

namespace gantry::oci {

struct PortRequest {
  int protocol = IPPROTO_TCP;  // or IPPROTO_UDP
  std::string host_ip;         // "" is "0.0.0.0"
  std::uint16_t host_port = 0, host_port_end = 0;
  std::string container_ip;
  std::uint16_t container_port = 0;
  bool open = false;  // open for others at the container's address; nothing of the host

  bool ipv6() const { return host_ip.find(':') != std::string::npos; }
  /// By the kernel, from the host's address of the same family.
  bool translated() const {
    return !open && ipv6() == (container_ip.find(':') != std::string::npos);
  }
};

struct ReservedPort {
  PortRequest request;
  std::uint16_t host_port = 0;
  UniqueFd socket;  // none of an open one
};

/// [{"protocol","host_ip","host_port","host_port_end","container_ip","container_port"}]; an open
/// one: {"protocol","open":true,"container_ip","container_port"}
std::vector<PortRequest> parse_ports(std::string_view json);
std::string write_ports(const std::vector<ReservedPort>& ports);

/// All or nothing. Neighbouring requests that differ in host_ip only (0.0.0.0 and ::) get the same
/// port number. GANTRY_CONFLICT with EADDRINUSE when every port of a request's range is taken.
std::vector<ReservedPort> reserve_ports(const std::vector<PortRequest>& requests);

}  // namespace gantry::oci
