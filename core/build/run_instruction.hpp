// RUN as data. Pure, any thread. Errors: Error{invalid} in Docker's words.
#pragma once

#include <string>
#include <vector>

#include "core/build/dockerfile.hpp"
#include "core/build/dockerfile_words.hpp"
#include "core/build/run_mount.hpp"
#include "core/images/image.hpp"

namespace gantry::build {

struct RunInstruction {
  std::vector<std::string> argv;
  std::string network;  // --network: "none", "host"; empty: as the request says
  std::vector<RunMount> mounts;

  /// How history calls it, without arguments of the build and contents of mounts.
  std::string history() const;
};

RunInstruction parse_run(const Instruction& instruction, const images::ImageDefaults& defaults,
                         const Environment& words, char escape);

}  // namespace gantry::build
