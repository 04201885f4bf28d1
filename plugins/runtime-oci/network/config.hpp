// The host's network documents (gantry/ext/network.h) as structs, checked. Errors: GANTRY_INVALID
// naming the member, GANTRY_UNSUPPORTED for another driver.
#pragma once

#include <sys/socket.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.hpp"

namespace gantry::oci {

enum class GatewayMode { nat, nat_unprotected, routed, isolated };

struct NetworkConfig {
  enum class Driver { bridge, macvlan, ipvlan };

  /// Of macvlan and ipvlan.
  struct Parent {
    std::string interface;
    bool dummy = false;  // it is the network's own, with nothing behind it
    std::string mode;
    std::string flag;  // of ipvlan
  };

  Driver driver = Driver::bridge;
  /// One family; nothing set when the network lacks it.
  struct Part {
    std::string subnet;   // "172.17.0.0/16"
    std::string gateway;  // in most networks the bridge's own address
    GatewayMode mode = GatewayMode::nat;
    std::string source;     // what outgoing packets come from instead of the interface's address
    bool on_bridge = true;  // the bridge has the gateway's address

    /// "172.17.0.1/16", the gateway with the subnet's prefix; "" when the bridge has none.
    std::string bridge_address() const;
  };

  std::string id;
  std::string bridge;  // interface name
  Parent parent;
  Part ipv4, ipv6;
  unsigned mtu = 1500;  // 0: the parent's
  bool internal = false, masquerade = true, icc = true;
  std::vector<std::string> trusted;  // host interfaces; from there to open ports

  const Part& part(int family) const { return family == AF_INET ? ipv4 : ipv6; }
};

struct EndpointConfig {
  /// One family; nothing set when the endpoint lacks it.
  struct Part {
    std::string address;  // "172.17.0.2/16"
    std::string gateway;  // of the default route, or ""; "0.0.0.0", "::": none is needed
  };

  NetworkConfig network;
  std::string interface;  // inside: "eth0"
  std::string mac;        // or ""
  Part ipv4, ipv6;
  std::vector<std::string> link_local;  // "169.254.7.7/16"
  std::vector<std::string> sysctls;     // "net.ipv4.conf.IFNAME.log_martians=1"

  const Part& part(int family) const { return family == AF_INET ? ipv4 : ipv6; }
};

struct SandboxConfig {
  enum class Mode { own, host, container } mode = Mode::own;
  std::string container;  // Mode::container
  std::vector<EndpointConfig> endpoints;
};

NetworkConfig parse_network(const Json& document);
EndpointConfig parse_endpoint(const Json& document);
SandboxConfig parse_sandbox(const Json& document);

}  // namespace gantry::oci
