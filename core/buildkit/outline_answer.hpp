// The answers to frontend.outline and frontend.targets, as JSON and as text. Pure, any thread. No
// errors.
#pragma once

#include <map>
#include <string>

#include "core/build/outline.hpp"

namespace gantry::buildkit {

/// `dockerfile`: its text.
std::map<std::string, std::string> outline_answer(const build::Outline& outline,
                                                  const std::string& dockerfile);
std::map<std::string, std::string> targets_answer(const build::StagePlan& plan,
                                                  const std::string& dockerfile);

}  // namespace gantry::buildkit
