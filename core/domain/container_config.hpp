// Parsing of the Config fields of a create request. Pure; any thread.
#pragma once

#include "core/domain/container.hpp"

namespace gantry::domain {

/// The flat Config fields of a client's body. Throws Error{invalid} with Docker's text.
Config parse_config(const json::Node& body, int api_minor);

/// The same of what was accepted once, or comes from an image: values are not judged.
Config read_config(const json::Node& body, int api_minor);

/// Throws Error{invalid} `invalid environment variable: =x`.
void check_environment(const std::vector<std::string>& env);

/// A Healthcheck object with Go's omitempty; StartInterval only from API 1.44 on.
std::string health_json(const json::Node& health, int api_minor);

}  // namespace gantry::domain
