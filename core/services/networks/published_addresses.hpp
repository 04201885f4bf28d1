// Where a container's published ports lead. Pure; any thread.
#pragma once

#include <string>
#include <vector>

#include "core/domain/container.hpp"

namespace gantry::services {

struct PublishedAddresses {
  /// The container's addresses at its ways out, "" where it has none.
  std::string v4, v6;
  /// That way out leads through a network of gateway mode routed: nothing of the host's is
  /// published, the container is reached at its own address.
  bool routed4 = false, routed6 = false;
  /// Addresses at which published ports are open to others: those in routed networks, and those in
  /// networks with trusted interfaces.
  std::vector<std::string> open;

  /// What a port of that host address leads to: of its family where it can be.
  const std::string& for_host(const std::string& host_ip) const;
  /// Whether a port of the host is to be taken for a binding to that address.
  bool translates(const std::string& host_ip) const;
  bool operator==(const PublishedAddresses&) const = default;
};

/// A published port at one of the container's own addresses.
struct OpenPort {
  std::string protocol, address;
  int number = 0;
  auto operator<=>(const OpenPort&) const = default;
};

/// Each once. A port published on addresses of one family only is open in that family only.
std::vector<OpenPort> open_ports(const std::vector<domain::PublishedPort>& ports,
                                 const PublishedAddresses& addresses);

}  // namespace gantry::services
