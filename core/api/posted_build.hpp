// POST /build?version=2 as data: the query made into what BuildKit's frontend takes. Pure, any
// thread.
#pragma once

#include "core/buildkit/posted_builds.hpp"
#include "core/http/exchange.hpp"

namespace gantry::api {

/// Without the login. Throws Error{invalid} that names the parameter.
buildkit::PostedBuild read_posted_build(const http::Query& query);
/// The build that a request brings the context of, which is all that such a request is for; empty:
/// it is none.
std::string upload_id(const http::Query& query);

}  // namespace gantry::api
