// Routes of /_ping, /version and /info: parse, call one service, write. The service outlives the
// router.
#pragma once

#include "core/http/router.hpp"
#include "core/services/engine/system_info.hpp"

namespace gantry::api {

void add_system_routes(http::Router& router, const services::SystemInfo& system);

}  // namespace gantry::api
