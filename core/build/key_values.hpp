// The arguments of ENV and LABEL. Pure, any thread. Errors: Error{invalid} in Docker's words.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "core/build/dockerfile.hpp"
#include "core/build/dockerfile_words.hpp"

namespace gantry::build {

using KeyValues = std::vector<std::pair<std::string, std::string>>;

/// "K=V K2=V2", or in the old form "K everything else". None sees what another one sets.
KeyValues key_values(const Instruction& instruction, const Environment& variables, char escape);

struct RawKeyValues {
  KeyValues pairs;  // as they are written
  bool is_old_form = false;
};
RawKeyValues raw_key_values(const Instruction& instruction, char escape);

/// Refuses what is in neither form, whatever its variables are.
void check_key_values(const Instruction& instruction, char escape);

}  // namespace gantry::build
