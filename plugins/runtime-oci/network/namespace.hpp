// Network namespaces without names: each is kept alive by descriptors and processes only, so it
// goes, with its interfaces, when the last of them does.
#pragma once

#include "base/fd.hpp"
#include "network/netlink.hpp"

namespace gantry::oci {

struct NetworkNamespace {
  UniqueFd fd;
  NetlinkSocket socket;  // inside
};

/// A new one; only its loopback interface exists, down.
NetworkNamespace make_network_namespace();
/// Looks into an existing one.
NetworkNamespace enter_network_namespace(UniqueFd fd);
/// Sets "lo" up.
void raise_loopback(const NetlinkSocket& inside);

}  // namespace gantry::oci
