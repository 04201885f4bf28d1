// The checks of a Dockerfile that need nothing but how it is written. Pure, any thread. No errors.
#pragma once

#include <vector>

#include "core/build/check_report.hpp"
#include "core/build/stages.hpp"

namespace gantry::build {

/// NoEmptyContinuation.
void check_gaps(const std::vector<Instruction>& instructions, CheckReport& report);
/// MaintainerDeprecated, StageNameCasing, FromAsCasing, InvalidDefinitionDescription.
void check_forms(const std::vector<Instruction>& instructions, CheckReport& report);
/// ReservedStageName, DuplicateStageName.
void check_stage_names(const StagePlan& plan, CheckReport& report);
/// ConsistentInstructionCasing.
void check_casing(const StagePlan& plan, CheckReport& report);

}  // namespace gantry::build
