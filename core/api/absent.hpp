// What dockerd answers for the parts this engine does not have by design: swarm mode and managed
// plugins outside of any (behaviours.md 15), and experimental operations.
#pragma once

#include "core/http/router.hpp"

namespace gantry::api {

void add_absent_routes(http::Router& router);

}  // namespace gantry::api
