// The interface of an endpoint inside a container's namespace, told from one of the same name that
// the container made itself: that one is never touched.
#pragma once

#include <string>

#include "network/config.hpp"
#include "network/namespace.hpp"

namespace gantry::oci {

/// Index of the endpoint's interface; 0: there is none, or that of its name is the container's own.
int find_endpoint_link(const NetlinkSocket& host, const NetworkNamespace& inside,
                       const EndpointConfig& endpoint);
/// GANTRY_CONFLICT: the container has an interface of that name.
void check_interface_free(const NetworkNamespace& inside, const std::string& interface);
void rename_link(const NetlinkSocket& socket, int index, const std::string& name);
/// Gone already: success.
void remove_link(const NetlinkSocket& socket, int index, const std::string& name);

}  // namespace gantry::oci
