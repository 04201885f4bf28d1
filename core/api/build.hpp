// POST /build, /build/cancel, /build/prune: parse, call the service, write. The services outlive
// the router.
#pragma once

#include "core/buildkit/posted_builds.hpp"
#include "core/http/router.hpp"
#include "core/services/builds/build_prune.hpp"
#include "core/services/builds/image_build.hpp"

namespace gantry::api {

void add_build_routes(http::Router& router, services::ImageBuild& builds,
                      buildkit::PostedBuilds& posted, services::BuildPrune& caches);

}  // namespace gantry::api
