// Routes of /images: parse, call one service, write. The services outlive the router.
#pragma once

#include <optional>

#include "core/http/router.hpp"
#include "core/services/images/images.hpp"

namespace gantry::api {

/// The one `platform` of a request, in JSON; older versions have none. Throws Error{invalid}.
std::optional<images::Platform> single_platform(const http::Exchange& exchange);

void add_image_routes(http::Router& router, services::Images& images);

/// Parts of the above: images that come and go as streams (create, load, get).
void add_image_stream_routes(http::Router& router, services::Images& images);

}  // namespace gantry::api
