// The shape of the handlers of /containers and /exec, and how they are put into the router. Private
// to the files containers_*.cpp and exec.cpp.
#pragma once

#include "core/http/router.hpp"
#include "core/services/engine/container_services.hpp"

namespace gantry::api {

using ContainerHandler = void (*)(services::ContainerServices&, http::Exchange&);

inline void add_route(http::Router& router, services::ContainerServices& services,
                      const char* method, const char* pattern, ContainerHandler handler) {
  router.add(method, pattern,
             [&services, handler](http::Exchange& exchange) { handler(services, exchange); });
}

// One function per group, called by add_container_routes.
void add_container_list_routes(http::Router& router, services::ContainerServices& services);
void add_container_lifecycle_routes(http::Router& router, services::ContainerServices& services);
void add_container_archive_routes(http::Router& router, services::ContainerServices& services);
void add_container_stream_routes(http::Router& router, services::ContainerServices& services);

}  // namespace gantry::api
