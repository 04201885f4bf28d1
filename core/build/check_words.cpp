#include "core/build/check_words.hpp"

#include "core/build/raw_words.hpp"

namespace gantry::build {

CheckedWord checked_word(std::string_view text, const FindVariable& find, char escape,
                         CheckBudget& budget, WordQuotes quotes) {
  CheckedWord word;
  const auto look = [&](std::string_view name) {
    auto value = find(name);
    budget.spend(1 + (value ? value->size() : 0));
    (value ? word.known : word.unknown).emplace(name);
    return value;
  };
  budget.spend(text.size());
  word.text = expand_word(text, look, escape, quotes);
  return word;
}

std::string_view written_name(std::string_view instruction_text) {
  return instruction_text.substr(0, instruction_text.find_first_of(kBlanks));
}

std::string quoted_word(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + '"';
}

}  // namespace gantry::build
