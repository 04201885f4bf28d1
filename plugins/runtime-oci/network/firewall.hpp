// The engine's own nftables tables: forwarding between networks, masquerading, published ports.
// `ip <name>`, and `ip6 <name>` once a network has IPv6:
//
//   map any_ports    protocol . port -> container address . port            (port_map.hpp fills
//   map host_ports   protocol . host address . port -> container address . port           both)
//   set bridges      all our bridges          set internal      those of internal networks
//   set pairs        bridge . bridge, where containers of one network may talk to each other
//   set closed       the same, where they may not
//   set unprotected  bridges whose containers other hosts may speak to directly
//   set routed       the same, but to ping and open_ports only
//   set trusted      interface . bridge: from there to open_ports
//   set open_ports   protocol . container address . port                    (port_map.hpp fills it)
//   set attached     bridge . subnet          set masqueraded   subnets that hide behind the host
//   map sources      subnet -> the host's address that it hides behind instead
//
// The rules never change: a network is elements of these sets, added and removed by one netlink
// transaction each. Nothing outside the tables is touched. All commands are idempotent, so a
// restarted daemon brings its networks up again over what is there. The tables go with the object
// when they hold no network. Threads: any.
#pragma once

#include <cstdint>
#include <exception>
#include <functional>
#include <map>
#include <mutex>
#include <string>

#include "network/config.hpp"

namespace gantry::oci {

/// A firewall that is being reloaded flushes the ruleset some times within a moment.
constexpr int kTriesUnderReloads = 5;

class Firewall {
 public:
  /// "gantry", or "gantry-<instance>" where several engines share a network namespace.
  explicit Firewall(std::string table) : table_(std::move(table)) {}
  ~Firewall();
  Firewall(const Firewall&) = delete;
  Firewall& operator=(const Firewall&) = delete;

  /// Called when the rules have been made, at first or again: published ports are to be added. Set
  /// it before the first network.
  std::function<void()> made = [] {};

  void add_network(const NetworkConfig& network);
  /// Absent: success.
  void remove_network(const NetworkConfig& network);
  /// The tables may have been removed by somebody: makes them again with all networks. False: there
  /// is none.
  bool restore();
  const std::string& table() const { return table_; }

 private:
  /// The rules of a family; false: they are there already.
  bool install_locked(std::uint8_t family);
  /// Throws what failed for the network of that bridge; empty: for any.
  void restore_locked(const std::string& wanted = {});
  /// False: somebody removed the tables again meanwhile.
  bool try_restore_locked(const std::string& wanted, std::exception_ptr& failure);

  const std::string table_;
  std::mutex mutex_;  // of what follows: one thread installs
  bool installed4_ = false, installed6_ = false;
  bool complete_ = true;                           // the tables hold all of networks_
  std::map<std::string, NetworkConfig> networks_;  // by bridge
};

}  // namespace gantry::oci
