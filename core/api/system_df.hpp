// GET /system/df: asks each service for its sizes, writes them. The services outlive the router.
#pragma once

#include "core/http/router.hpp"
#include "core/services/builds/build_prune.hpp"
#include "core/services/engine/container_services.hpp"
#include "core/services/images/images.hpp"
#include "core/services/volumes/volumes.hpp"

namespace gantry::api {

void add_disk_usage_routes(http::Router& router, services::ContainerServices& containers,
                           services::Images& images, services::Volumes& volumes,
                           const services::BuildPrune& build_caches);

}  // namespace gantry::api
