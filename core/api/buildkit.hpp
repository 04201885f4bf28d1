// POST /grpc and /session: connections that become HTTP/2 (behaviours.md 10.3, 10.4). The service
// outlives the router.
#pragma once

#include "core/buildkit/service.hpp"
#include "core/http/router.hpp"

namespace gantry::api {

void add_buildkit_routes(http::Router& router, buildkit::Service& service);

}  // namespace gantry::api
