#include "core/build/key_values.hpp"

#include <string_view>

#include "core/base/error.hpp"
#include "core/build/raw_words.hpp"

namespace gantry::build {
namespace {

// What one instruction may set in all; each value alone is limited by dockerfile_word().
constexpr std::size_t kMaxExpanded = 2u << 20;

KeyValues old_form(const std::string& name, std::string_view rest) {
  const std::size_t blank = rest.find_first_of(kBlanks);
  if (blank == std::string_view::npos) invalid(name + " must have two arguments");
  return {{std::string(rest.substr(0, blank)), std::string(trim_left(rest.substr(blank)))}};
}

}  // namespace

RawKeyValues raw_key_values(const Instruction& instruction, char escape) {
  KeyValues pairs;
  const auto words = raw_words(instruction.rest, escape);
  if (words.empty()) invalid(instruction.name + " requires at least one argument");
  if (words.front().find('=') == std::string::npos)
    return {old_form(instruction.name, instruction.rest), true};
  for (const std::string& word : words) {
    const std::size_t equals = word.find('=');
    if (equals == std::string::npos)
      invalid("Syntax error - can't find = in \"" + word + "\". Must be of the form: name=value");
    if (equals == 0) invalid(instruction.name + " names can not be blank");
    pairs.emplace_back(word.substr(0, equals), word.substr(equals + 1));
  }
  return {std::move(pairs), false};
}

KeyValues key_values(const Instruction& instruction, const Environment& variables, char escape) {
  KeyValues result;
  std::size_t size = 0;
  for (const auto& [raw_key, raw_value] : raw_key_values(instruction, escape).pairs) {
    std::string key = dockerfile_word(raw_key, variables, escape);
    std::string value = dockerfile_word(raw_value, variables, escape);
    if (key.empty()) invalid(instruction.name + " names can not be blank");
    size += key.size() + value.size();
    if (size > kMaxExpanded) invalid("variables expand to more than 2 MiB");
    result.emplace_back(std::move(key), std::move(value));
  }
  return result;
}

void check_key_values(const Instruction& instruction, char escape) {
  raw_key_values(instruction, escape);
}

}  // namespace gantry::build
