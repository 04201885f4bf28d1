#include "core/build/check_options.hpp"

#include <array>

#include "core/base/error.hpp"
#include "core/base/text.hpp"
#include "core/build/parser_directives.hpp"

namespace gantry::build {
namespace {

[[noreturn]] void refuse(std::string_view option) {
  throw Error(Errc::invalid, "invalid check option \"" + std::string(option) + "\"");
}

bool read_bool(std::string_view part, std::string_view value) {
  for (const std::string_view word : {"1", "t", "T", "TRUE", "true", "True"})
    if (value == word) return true;
  for (const std::string_view word : {"0", "f", "F", "FALSE", "false", "False"})
    if (value == word) return false;
  throw Error(Errc::invalid, "failed to parse check option \"" + std::string(part) +
                                 "\": strconv.ParseBool: parsing \"" + std::string(value) +
                                 "\": invalid syntax");
}

}  // namespace

CheckOptions::Choice::Choice(std::string_view list) : all(list == "all") {
  if (all) return;
  for (const std::string& name : text::split(list, ',')) names.emplace(text::trim(name));
}

void CheckOptions::Choice::add(const Choice& other) {
  all = all || other.all;
  names.insert(other.names.begin(), other.names.end());
}

CheckOptions::CheckOptions(std::string_view given) {
  given = text::trim(given);
  if (given.empty()) return;
  // There are three options; what follows the second ";" is one.
  for (int more = 2;; --more) {
    const std::size_t end = more > 0 ? given.find(';') : std::string_view::npos;
    read(given.substr(0, end));
    if (end == std::string_view::npos) return;
    given.remove_prefix(end + 1);
  }
}

void CheckOptions::read(std::string_view part) {
  const std::size_t equals = part.find('=');
  if (equals == std::string_view::npos) refuse(part);
  const std::string_view key = text::trim(part.substr(0, equals));
  const std::string_view value = text::trim(part.substr(equals + 1));
  if (key == "skip")
    skipped_ = Choice(value);
  else if (key == "experimental")
    experimental_ = Choice(value);
  else if (key == "error")
    as_error_ = read_bool(part, value);
  else
    refuse(key);
}

CheckOptions CheckOptions::with(const std::vector<std::string>& comments) const {
  CheckOptions result = *this;
  for (const std::string& comment : comments) {
    const auto text = check_directive(comment);
    if (!text) continue;
    try {
      const CheckOptions own(*text);
      result.skipped_.add(own.skipped_);
      result.experimental_.add(own.experimental_);
    } catch (const Error&) {  // a comment is no mistake
    }
    break;
  }
  return result;
}

bool CheckOptions::wants(const CheckRule& rule) const {
  return rule.is_experimental ? experimental_.has(rule.name) : !skipped_.has(rule.name);
}

}  // namespace gantry::build
