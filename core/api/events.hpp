// GET /events: parse, follow the bus, write. The bus outlives the router.
#pragma once

#include "core/http/router.hpp"
#include "core/state/event_bus.hpp"

namespace gantry::api {

void add_event_routes(http::Router& router, state::EventBus& bus);

}  // namespace gantry::api
