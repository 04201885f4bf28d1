// One endpoint: a veth pair between a network's bridge and a container's namespace, or an interface
// beside the host's.
#pragma once

#include "network/config.hpp"
#include "network/namespace.hpp"

namespace gantry::oci {

/// Makes the pair with one message (the container's end appears directly inside), then addresses
/// and default routes inside, and tells the bridge and the host's neighbour table where the
/// container is: an address that was another container's a moment ago must not be looked for there.
/// About 0.5 ms; beside the host up to 2 s while a dead container's interface is in the way.
/// GANTRY_NOT_FOUND when the bridge or parent does not exist, GANTRY_CONFLICT when the interface
/// does.
void raise_endpoint(const NetlinkSocket& host, const NetworkNamespace& inside,
                    const EndpointConfig& endpoint);
/// Gives an interface that is there the default routes of `endpoint`, and takes from it those it
/// has not. False: there is no such interface.
bool settle_endpoint(const NetlinkSocket& host, const NetworkNamespace& inside,
                     const EndpointConfig& endpoint);
/// Removes the interface inside, and with it the pair. Absent: success.
void remove_endpoint(const NetlinkSocket& host, const NetworkNamespace& inside,
                     const EndpointConfig& endpoint);

}  // namespace gantry::oci
