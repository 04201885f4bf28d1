// Sockets at the gateway's address of a network, for runtimes that cannot give sockets inside a
// container.
#pragma once

#include <cstdint>
#include <string>

#include "plugin/model.hpp"

namespace net_dns {

/// Throws gantry::sdk::Error{GANTRY_UNAVAILABLE} when the address has another server.
GatewaySockets open_gateway_sockets(const std::string& address, std::uint16_t port);

}  // namespace net_dns
