// A Dockerfile as stages. Pure, any thread. Errors: Error{invalid} in Docker's words.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include "core/build/dockerfile.hpp"

namespace gantry::build {

struct Stage {
  Instruction from;
  std::string base;      // variables are not expanded
  std::string platform;  // --platform, likewise
  std::string name;      // lower case; empty: none
  std::vector<Instruction> instructions;
};

struct StagePlan {
  std::vector<Instruction> global_args;  // ARG before the first FROM
  std::vector<Stage> stages;

  /// How many steps the first `stages` are, as progress counts them.
  std::size_t steps(std::size_t count) const;
};

StagePlan split_stages(const Dockerfile& dockerfile);

/// The stage that `name` (or its number) names among the first `count`; -1: none.
int find_stage(const StagePlan& plan, const std::string& name, std::size_t count);

/// Which stages `target` takes from by FROM, COPY --from and RUN --mount, itself included; one for
/// each up to it. `more`: further instructions of it. `expand`: the words of a FROM. `is_given`:
/// that name means something that the client has given, and no stage.
std::vector<bool> needed_stages(const StagePlan& plan, std::size_t target,
                                const std::function<std::string(const std::string&)>& expand,
                                const std::function<bool(const std::string&)>& is_given,
                                const std::vector<Instruction>& more = {});

/// Which stage a build ends with; `target` empty: the last. Throws `target stage "x" could not be
/// found`.
std::size_t target_stage(const StagePlan& plan, const std::string& target);

}  // namespace gantry::build
