// What handlers read of a request's body: JSON, or the parameters of a form. One thread.
#pragma once

#include "core/http/exchange.hpp"
#include "core/json/reader.hpp"

namespace gantry::api {

/// Throws Error{invalid} as Exchange::read_body and json::Document::parse do, and naming the field
/// for a text that holds a NUL: system calls would take it for the text's end.
/// No body at all is an empty object, as in Docker.
json::Document read_json(http::Exchange& exchange);
/// The same where a body is required.
json::Document read_whole_json(http::Exchange& exchange);
/// The same of text that came otherwise.
json::Document parse_json(std::string text);

/// The query, and in front of it the parameters of a body with the content type of forms, as Go's
/// ParseForm. For operations that have no body of another kind: it is read.
http::Query read_form(http::Exchange& exchange);

}  // namespace gantry::api
