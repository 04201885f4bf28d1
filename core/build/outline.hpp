// What a build of a stage takes from its client: arguments, secrets, SSH agents; and what comments
// say of stages and arguments. Pure, any thread. Errors: Error{invalid}.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "core/build/check_world.hpp"
#include "core/build/stages.hpp"

namespace gantry::build {

/// "# NAME what it is" above an instruction that defines it; empty: nothing is said.
std::string description_of(const Instruction& instruction, const std::string& name);

struct OutlineArgument {
  std::string name, description, value;
  int line = 0, last_line = 0;
};

struct OutlineMount {
  std::string id;
  bool required = false;
  int line = 0, last_line = 0;
};

struct Outline {
  std::string name, description;           // of the stage
  std::vector<OutlineArgument> arguments;  // by their lines, as the others
  std::vector<OutlineMount> secrets, agents;
};

/// Of the stage and those it takes from.
Outline outline_of(const Dockerfile& file, const StagePlan& plan, std::size_t target,
                   const CheckWorld& world);

}  // namespace gantry::build
