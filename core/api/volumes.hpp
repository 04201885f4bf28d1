// Routes of /volumes: parse, call one service, write. The service outlives the router.
#pragma once

#include "core/http/router.hpp"
#include "core/services/volumes/volumes.hpp"

namespace gantry::api {

void add_volume_routes(http::Router& router, services::Volumes& volumes);

}  // namespace gantry::api
