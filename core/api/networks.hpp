// Routes of /networks: parse, call one service, write. The services outlive the router.
#pragma once

#include "core/http/router.hpp"
#include "core/services/networks/network_membership.hpp"
#include "core/services/networks/networks.hpp"

namespace gantry::api {

void add_network_routes(http::Router& router, services::Networks& networks,
                        services::NetworkMembership& membership);

}  // namespace gantry::api
