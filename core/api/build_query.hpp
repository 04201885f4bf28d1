// What the queries of both builders have in common. Any thread. Errors: Error{invalid} that names
// the parameter, Error{unsupported}.
#pragma once

#include <vector>

#include "core/http/exchange.hpp"
#include "core/images/reference.hpp"
#include "core/json/reader.hpp"

namespace gantry::api {

/// A parameter that is JSON; without it a document without a root.
json::Document json_parameter(const http::Query& query, const char* name);
/// What the image is to be called.
std::vector<images::Reference> image_names(const http::Query& query);
/// What neither of them can do.
void refuse_options(const http::Query& query);

}  // namespace gantry::api
