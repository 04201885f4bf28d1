// What an instruction needs, whoever carries it out: a known name, known flags, enough arguments in
// the right form. What is wrong whatever the variables are is said before anything runs.
// Pure, any thread. Errors: Error{invalid} in Docker's words.
#pragma once

#include "core/build/dockerfile.hpp"

namespace gantry::build {

void check_instruction(const Instruction& instruction, char escape);

}  // namespace gantry::build
