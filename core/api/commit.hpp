// POST /commit: parse, call the service, write. The service outlives the router.
#pragma once

#include "core/http/router.hpp"
#include "core/services/containers/container_commit.hpp"

namespace gantry::api {

void add_commit_route(http::Router& router, services::ContainerCommit& commit);

}  // namespace gantry::api
