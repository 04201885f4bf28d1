// What clients ask about a Dockerfile in place of a build of it: BuildKit's subrequests. Pure, any
// thread. Errors: what the Dockerfile cannot be read with.
#pragma once

#include <functional>
#include <map>
#include <string>

#include "core/buildkit/solve_attributes.hpp"
#include "core/services/builds/image_build.hpp"

namespace gantry::buildkit {

/// "frontend.lint" and its like.
bool is_question(const std::string& name);

/// By the names that clients read it by: "result.json", "result.txt", … `check`: does the checks.
std::map<std::string, std::string> answer_question(
    const SolveAttributes& wanted, const std::string& dockerfile,
    const std::function<services::CheckOutcome()>& check);

}  // namespace gantry::buildkit
