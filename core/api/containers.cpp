#include "core/api/containers.hpp"

#include "core/api/container_handler.hpp"

namespace gantry::api {

void add_container_routes(http::Router& router, services::ContainerServices& containers) {
  add_container_list_routes(router, containers);
  add_container_lifecycle_routes(router, containers);
  add_container_archive_routes(router, containers);
  add_container_stream_routes(router, containers);
}

}  // namespace gantry::api
