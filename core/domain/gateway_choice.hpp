// Which of a container's endpoints is its way out, in Docker's order. Pure; any thread.
#pragma once

#include <map>
#include <string>

#include "core/domain/container.hpp"
#include "core/domain/ip_address.hpp"

namespace gantry::domain {

/// Key of the endpoint that owns the default route of that family; empty: none leads out.
/// Higher GwPriority first, then endpoints with gateways of both families, then the lower name.
std::string gateway_endpoint(const std::map<std::string, Endpoint>& endpoints, IpFamily family);

}  // namespace gantry::domain
