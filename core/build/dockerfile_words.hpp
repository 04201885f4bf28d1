// Words of a Dockerfile instruction as Docker reads them: quotes, backslashes and variables as in a
// shell. Pure, any thread. Errors: Error{invalid}.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace gantry::build {

/// What variables stand for: "K=V". Unknown ones stand for nothing.
using Environment = std::vector<std::string>;

/// Words separated by blanks outside of quotes.
std::vector<std::string> dockerfile_words(std::string_view text, const Environment& environment);
/// All of it as one word.
std::string dockerfile_word(std::string_view text, const Environment& environment);
/// A change's instructions: lines ending in a backslash go on in the next one; empty ones and
/// comments are left out.
std::vector<std::string> dockerfile_lines(std::string_view text);

}  // namespace gantry::build
