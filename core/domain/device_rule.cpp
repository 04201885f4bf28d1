#include "core/domain/device_rule.hpp"

#include <vector>

#include "core/base/error.hpp"
#include "core/base/text.hpp"

namespace gantry::domain {
namespace {

constexpr std::string_view kDigits = "0123456789";

/// Nothing but digits, as many as a kernel's number has.
bool is_number(std::string_view text) {
  return !text.empty() && text.find_first_not_of(kDigits) == std::string_view::npos &&
         text::to_int(text).value_or(INT64_MAX) <= UINT32_MAX;
}

bool is_number_or_any(std::string_view text) { return text == "*" || is_number(text); }

std::optional<std::int64_t> number(std::string_view text) {
  return text == "*" ? std::nullopt : text::to_int(text);
}

}  // namespace

DeviceRule parse_device_rule(std::string_view text) {
  const auto words = text::split(text, ' ');
  const auto numbers = words.size() == 3 ? text::split(words[1], ':') : std::vector<std::string>();
  const bool fine =
      numbers.size() == 2 && (words[0] == "a" || words[0] == "b" || words[0] == "c") &&
      is_number_or_any(numbers[0]) && is_number_or_any(numbers[1]) && !words[2].empty() &&
      words[2].size() <= 3 && words[2].find_first_not_of("rwm") == std::string::npos;
  if (!fine)
    throw Error(Errc::invalid, "invalid device cgroup rule format: '" + std::string(text) + "'");
  return {words[0][0], number(numbers[0]), number(numbers[1]), words[2]};
}

}  // namespace gantry::domain
