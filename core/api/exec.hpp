// Routes of /containers/{name}/exec and /exec/…: parse, call one service, write.
#pragma once

#include "core/http/router.hpp"
#include "core/services/engine/container_services.hpp"

namespace gantry::api {

void add_exec_routes(http::Router& router, services::ContainerServices& containers);

}  // namespace gantry::api
