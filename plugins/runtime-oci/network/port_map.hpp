// Published ports in the firewall's maps: the kernel's translation from host port to container of
// one address family, and ports that others may speak to at the container's own address. Flows that
// began under another translation are forgotten (flows.hpp). Threads: any.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "network/nft_elements.hpp"
#include "network/port_reservation.hpp"

namespace gantry::oci {

class PortMap {
 public:
  explicit PortMap(std::string table) : table_(std::move(table)) {}

  /// Ports of the host's IPv6 addresses of containers without one are left out: the shim forwards
  /// them. What an entry led to before is replaced:
  /// whoever reserved the port owns it.
  void add(const std::vector<ReservedPort>& ports) const;
  /// After the map was lost. `ports` as write_ports() gave them.
  void add_again(std::string_view ports) const;
  /// `ports` as write_ports() gave them, of any number of containers: together they cost little
  /// more than those of one. What is not there, or another container's by now, is fine.
  void remove(const std::vector<std::string>& ports) const;
  /// Removes every element but those of `wanted` (as write_ports() gave them).
  void keep_only(const std::vector<std::string>& wanted) const;

 private:
  void change(std::vector<SetChange> changes) const;
  /// To a container that reserved the host's port since.
  bool leads_elsewhere(const SetChange& translation) const;
  std::string table_;
};

}  // namespace gantry::oci
