// The host's network documents (gantry/ext/network.h) as structs, checked. Errors: GANTRY_INVALID
// naming the member, GANTRY_UNSUPPORTED for another driver.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.hpp"

namespace gantry::oci {

struct NetworkConfig {
  std::string id;
  std::string bridge;   // interface name
  std::string subnet;   // "172.17.0.0/16" or ""
  std::string gateway;  // the bridge's own address, or ""
  unsigned mtu = 1500;
  bool internal = false, masquerade = true, icc = true;

  /// "172.17.0.1/16", the gateway with the subnet's prefix; "" without a gateway.
  std::string bridge_address() const;
};

struct EndpointConfig {
  NetworkConfig network;
  std::string interface;  // inside: "eth0"
  std::string address;    // "172.17.0.2/16" or ""
  std::string mac;        // or ""
  std::string gateway;    // of the default route, or ""
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
