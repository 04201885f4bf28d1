// The answer to frontend.lint: what the checks of a Dockerfile have found, as JSON and as text.
// Pure, any thread. No errors.
#pragma once

#include <map>
#include <string>

#include "core/buildkit/source_error.hpp"
#include "core/services/builds/image_build.hpp"

namespace gantry::buildkit {

/// `source`: the whole Dockerfile.
std::map<std::string, std::string> lint_answer(const services::CheckOutcome& outcome,
                                               const SourceLines& source);

}  // namespace gantry::buildkit
