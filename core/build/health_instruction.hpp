// HEALTHCHECK. Pure, any thread. Errors: Error{invalid} in Docker's words.
#pragma once

#include <string>

#include "core/build/dockerfile.hpp"

namespace gantry::build {

/// The image's Healthcheck as JSON: {"Interval":…,"Test":["CMD-SHELL","…"]}.
std::string health_json(const Instruction& instruction, char escape);

}  // namespace gantry::build
