// The object of GET /containers/{id}/json (behaviours.md 6.5 to 6.9). Pure; any thread.
#pragma once

#include <string>

#include "core/services/containers/container_inspect.hpp"

namespace gantry::api {

std::string inspect_json(const services::InspectedContainer& inspected, int api_minor);

}  // namespace gantry::api
