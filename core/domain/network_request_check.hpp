// Checks a network create request as far as that needs no other network. Pure; any thread.
#pragma once

#include "core/domain/network.hpp"

namespace gantry::domain {

/// Throws in Docker's words: Error{invalid, permission, not_found}, and Error{unsupported} naming
/// what this engine lacks.
void check_network_request(const NetworkRequest& request);

/// What the flags and the options of those names say about the families; Error{invalid}.
bool wants_ipv4(const NetworkRequest& request);
bool wants_ipv6(const NetworkRequest& request);

}  // namespace gantry::domain
