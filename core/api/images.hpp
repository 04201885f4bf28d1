// Routes of /images: parse, call one service, write. The services outlive the router.
#pragma once

#include "core/http/router.hpp"
#include "core/services/images/images.hpp"

namespace gantry::api {

void add_image_routes(http::Router& router, services::Images& images);

/// Parts of the above: images that come and go as streams (create, load, get).
void add_image_stream_routes(http::Router& router, services::Images& images);

}  // namespace gantry::api
