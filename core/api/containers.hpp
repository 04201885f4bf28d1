// Routes of /containers/…: parse, call one service, write. `services` outlives the router.
#pragma once

#include "core/http/router.hpp"
#include "core/services/engine/container_services.hpp"

namespace gantry::api {

void add_container_routes(http::Router& router, services::ContainerServices& containers);

}  // namespace gantry::api
