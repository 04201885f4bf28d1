#include "core/base/byte_size.hpp"

#include <charconv>
#include <cmath>

#include "core/base/error.hpp"
#include "core/base/text.hpp"

namespace gantry {
namespace {

/// 10 for "k", "KB", "KiB"; 0 for "" and "b".
int power_of(const std::string& suffix) {
  const std::string unit = text::lower(suffix);
  if (unit.empty() || unit == "b") return 0;
  constexpr std::string_view kUnits = "kmgtp";
  const std::size_t at = kUnits.find(unit.front());
  const std::string_view rest = std::string_view(unit).substr(1);
  if (at == std::string_view::npos || (!rest.empty() && rest != "b" && rest != "ib"))
    invalid("invalid suffix: '" + suffix + "'");
  return 10 * (static_cast<int>(at) + 1);
}

}  // namespace

std::uint64_t parse_ram_bytes(const std::string& text) {
  const std::size_t split = text.find_last_of("0123456789. ");
  if (split == std::string::npos) invalid("invalid size: '" + text + "'");
  const std::string_view number =
      std::string_view(text).substr(0, text[split] == ' ' ? split : split + 1);
  double value = 0;
  const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), value);
  if (error != std::errc() || end != number.data() + number.size() || !(value >= 0))
    invalid("invalid size: '" + text + "'");
  value = std::ldexp(value, power_of(text.substr(split + 1)));
  if (!(value < std::ldexp(1.0, 63))) invalid("invalid size: '" + text + "'");
  return static_cast<std::uint64_t>(value);
}

}  // namespace gantry
