// The checks of FROM: what it names by the arguments in front of it. One thread.
#pragma once

#include <functional>
#include <map>
#include <string>

#include "core/build/check_budget.hpp"
#include "core/build/check_report.hpp"
#include "core/build/check_world.hpp"
#include "core/build/stages.hpp"

namespace gantry::build {

using GlobalArguments = std::map<std::string, std::string, std::less<>>;

/// TARGETPLATFORM and its like, and what ARG in front of the first FROM gives: in this build, or
/// without what the client gave. Throws CheckFailure.
GlobalArguments global_arguments(const Dockerfile& file, const StagePlan& plan,
                                 const CheckWorld& world, bool as_given, CheckBudget& budget);

/// InvalidDefaultArgInFrom.
void check_defaults(const Dockerfile& file, const StagePlan& plan, const CheckWorld& world,
                    CheckBudget& budget, CheckReport& report);
/// UndefinedArgInFrom, RedundantTargetPlatform, FromPlatformFlagConstDisallowed, for each FROM.
/// Throws CheckFailure.
void check_bases(const Dockerfile& file, const StagePlan& plan, const GlobalArguments& globals,
                 CheckBudget& budget, CheckReport& report);

}  // namespace gantry::build
