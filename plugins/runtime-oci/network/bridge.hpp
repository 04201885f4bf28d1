// The bridge of a network on the host: interface, address and kernel settings.
// Threads: any; the caller serializes calls for one network.
#pragma once

#include "network/config.hpp"
#include "network/netlink.hpp"

namespace gantry::oci {

/// Makes the interface, down, if it does not exist; true: it did not. GANTRY_CONFLICT when an
/// interface of that name is no bridge.
bool make_bridge(const NetlinkSocket& host, const NetworkConfig& network);
/// Address, MTU and settings, and up. Idempotent.
void raise_bridge(const NetlinkSocket& host, const NetworkConfig& network);
/// Puts back addresses that it lost: its IPv6 ones go whenever somebody sets it down. What cannot
/// be put back, as where IPv6 has been switched off, stays away.
void restore_addresses(const NetlinkSocket& host, const NetworkConfig& network, int index);
/// Before a bridge is removed, which takes the kernel long: frees its addresses and routes. False:
/// there is nothing to remove; interfaces that others made are theirs.
bool retire_bridge(const NetlinkSocket& host, const NetworkConfig& network);
/// Absent, or made by others: success.
void remove_bridge(const NetlinkSocket& host, const std::string& name);

}  // namespace gantry::oci
