// The engine's own nftables table: forwarding between networks, masquerading, published ports.
//
//   table ip <name>
//     map any_ports    protocol . port -> container address . port        (port_map.hpp fills both)
//     map host_ports   protocol . host address . port -> container address . port
//     set bridges      all our bridges         set internal   those of internal networks
//     set pairs        bridge . bridge, where containers of one network may talk to each other
//     chains early, prerouting, output, publish, forward, and one nat chain "from_<bridge>" per
//     network
// Each change is one transaction; nothing outside the table is touched. All commands are
// idempotent, so a restarted daemon brings its networks up again over what is there. Threads: any.
#pragma once

#include <string>

#include "network/config.hpp"

namespace gantry::oci {

class Firewall {
 public:
  /// "gantry", or "gantry-<instance>" where several engines share a network namespace.
  explicit Firewall(std::string table) : table_(std::move(table)) {}

  void add_network(const NetworkConfig& network) const;
  /// Absent: success. The table goes with the last network.
  void remove_network(const std::string& bridge) const;
  const std::string& table() const { return table_; }

 private:
  std::string table_;
};

}  // namespace gantry::oci
