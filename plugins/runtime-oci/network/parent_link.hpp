// Networks of the drivers macvlan and ipvlan: their containers' interfaces stand beside the host's
// own on one of its interfaces, the parent. Errors: GANTRY_NOT_FOUND when the parent is not there,
// GANTRY_UNSUPPORTED when the kernel lacks such interfaces. Threads: any.
#pragma once

#include "network/config.hpp"
#include "network/namespace.hpp"
#include "network/netlink.hpp"

namespace gantry::oci {

/// The parent has to be there, but for the network's own (a dummy) and "eth0.10", a VLAN of eth0:
/// these are made and are ours then. Idempotent.
void raise_parent(const NetlinkSocket& host, const NetworkConfig& network);
/// Removes a parent that is ours. Gone already: success.
void remove_parent(const NetlinkSocket& host, const NetworkConfig& network);

/// The container's interface, called `name` for now, down and without addresses.
void create_child(const NetlinkSocket& host, const NetworkNamespace& inside,
                  const EndpointConfig& endpoint, const std::string& name);

}  // namespace gantry::oci
