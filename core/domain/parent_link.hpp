// The options of Docker's macvlan and ipvlan drivers: networks whose containers stand beside the
// host on one of its interfaces. Pure; any thread.
#pragma once

#include <optional>
#include <string>

#include "core/domain/network.hpp"

namespace gantry::domain {

struct ParentLink {
  std::string parent;  // host interface, or "eth0.10"; empty: none, a network inside this host
  std::string mode;    // macvlan: bridge, private, vepa, passthru; ipvlan: l2, l3, l3s
  std::string flag;    // ipvlan: bridge, private, vepa
  std::optional<unsigned> mtu;  // absent: that of the parent
};

/// True of the drivers "macvlan" and "ipvlan".
bool has_parent_link(const std::string& driver);
/// Throws Error{invalid} naming the value.
ParentLink parse_parent_link(const std::string& driver,
                             const std::map<std::string, std::string>& options);
/// Throws Error{permission} when two networks cannot be on one parent.
void check_shared_parent(const NetworkRecord& network, const NetworkRecord& other);
/// The host routes between containers' interfaces and elsewhere: they need no gateway.
bool is_routed_by_host(const NetworkRecord& network);
/// Containers' interfaces have the parent's hardware address, and no other.
bool has_parent_mac(const NetworkRecord& network);
/// The host's interface below the containers': the parent, or one of the network's own.
std::string parent_interface(const NetworkRecord& network);

}  // namespace gantry::domain
