// Words of a Dockerfile for checks: what they come to, and which variables they name. One thread.
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "core/build/check_budget.hpp"
#include "core/build/dockerfile_words.hpp"

namespace gantry::build {

struct CheckedWord {
  std::string text;
  std::set<std::string> known, unknown;  // the variables in it
};

/// Throws what expand_word() throws.
CheckedWord checked_word(std::string_view text, const FindVariable& find, char escape,
                         CheckBudget& budget, WordQuotes quotes = WordQuotes::read);

/// As it is written: "from" of "from scratch".
std::string_view written_name(std::string_view instruction_text);
/// In Go's form of a quoted string.
std::string quoted_word(std::string_view text);

}  // namespace gantry::build
