// Every operation of the Docker Engine API v1.51, by its operation id in the API description: the
// whole API on one screen. Whatever no group of routes serves yet is answered with 501 and named.
// Constant data.
#pragma once

#include <span>

#include "core/http/router.hpp"

namespace gantry::api {

struct Operation {
  const char* method;
  const char* pattern;  // as the router takes it
  const char* id;
};

std::span<const Operation> operations();

/// Adds a 501 for each operation that `router` has no handler for; last, after all groups.
void add_unsupported_operations(http::Router& router);

}  // namespace gantry::api
