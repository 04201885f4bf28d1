#include "core/domain/time_filter.hpp"

#include <cctype>
#include <charconv>
#include <cmath>
#include <string>
#include <utility>

namespace gantry::domain {
namespace {

double nanos_of_unit(std::string_view unit) {
  static constexpr std::pair<std::string_view, double> kUnits[] = {
      {"ns", 1},   {"us", 1e3}, {"µs", 1e3}, {"μs", 1e3},
      {"ms", 1e6}, {"s", 1e9},  {"m", 60e9}, {"h", 3600e9}};
  for (const auto& [name, nanos] : kUnits)
    if (name == unit) return nanos;
  return 0;
}

bool is_number_part(char c) { return c == '.' || std::isdigit(static_cast<unsigned char>(c)) != 0; }

}  // namespace

std::optional<std::int64_t> parse_go_duration(std::string_view text) {
  const bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  if (text == "0") return 0;
  if (text.empty()) return std::nullopt;
  double total = 0;
  while (!text.empty()) {
    size_t digits = 0;
    while (digits < text.size() && is_number_part(text[digits])) ++digits;
    size_t end = digits;
    while (end < text.size() && !is_number_part(text[end])) ++end;
    double number = 0;
    const auto [stop, ec] = std::from_chars(text.data(), text.data() + digits, number);
    const double unit = nanos_of_unit(text.substr(digits, end - digits));
    if (ec != std::errc() || stop != text.data() + digits || unit == 0) return std::nullopt;
    total += number * unit;
    text.remove_prefix(end);
  }
  if (total > 9.2e18) return std::nullopt;
  return static_cast<std::int64_t>(std::llround(negative ? -total : total));
}

std::optional<UnixNanos> parse_time_filter(std::string_view text, UnixNanos now) {
  if (const auto instant = parse_unix_timestamp(text)) return instant;
  if (const auto instant = parse_rfc3339(text)) return instant;
  // The shorter forms that the CLI's documentation allows, from the shortest: completed to RFC
  // 3339.
  for (const std::string_view tail : {"Z", ":00Z", ":00:00Z", "T00:00:00Z"})
    if (const auto instant = parse_rfc3339(std::string(text) + std::string(tail))) return instant;
  if (const auto age = parse_go_duration(text)) {
    UnixNanos instant = 0;  // an age may be negative: in the future
    return __builtin_sub_overflow(now, *age, &instant) ? INT64_MAX : instant;
  }
  return std::nullopt;
}

}  // namespace gantry::domain
