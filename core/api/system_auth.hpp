// POST /auth: parse, ask the registry, write. The service outlives the router.
#pragma once

#include "core/http/router.hpp"
#include "core/services/images/registry_login.hpp"

namespace gantry::api {

void add_auth_routes(http::Router& router, const services::RegistryLogin& login);

}  // namespace gantry::api
