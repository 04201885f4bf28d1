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

  /// How history calls it. `arguments`: what it sees of the build's, "K=V".
  std::string history(const Environment& arguments) const;
  /// The same without two meanings, for the cache. `mounted`: what its mounts hold.
  std::string identity(const Environment& arguments, const std::string& mounted) const;
};

RunInstruction parse_run(const Instruction& instruction, const images::ImageDefaults& defaults,
                         const Environment& words, char escape);

}  // namespace gantry::build
