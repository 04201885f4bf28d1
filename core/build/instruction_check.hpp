// What an instruction needs, whoever carries it out: a known name and enough arguments.
// Pure, any thread. Errors: Error{invalid} in Docker's words.
#pragma once

#include "core/build/dockerfile.hpp"

namespace gantry::build {

void check_instruction(const Instruction& instruction);

}  // namespace gantry::build
