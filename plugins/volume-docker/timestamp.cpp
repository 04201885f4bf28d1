#include "timestamp.hpp"

#include <charconv>
#include <chrono>

namespace volume_docker {
namespace {

/// Exactly `digits` digits at the front, taken off.
bool take(std::string_view& text, std::size_t digits, int& value) {
  if (text.size() < digits) return false;
  value = 0;
  for (std::size_t i = 0; i < digits; ++i) {
    if (text[i] < '0' || text[i] > '9') return false;
    value = value * 10 + (text[i] - '0');
  }
  text.remove_prefix(digits);
  return true;
}

bool take(std::string_view& text, char wanted) {
  if (text.empty() || text.front() != wanted) return false;
  text.remove_prefix(1);
  return true;
}

std::int64_t take_fraction(std::string_view& text) {
  std::int64_t nanos = 0, unit = 100'000'000;
  if (!take(text, '.')) return 0;
  while (!text.empty() && text.front() >= '0' && text.front() <= '9') {
    nanos += (text.front() - '0') * unit;
    unit /= 10;
    text.remove_prefix(1);
  }
  return nanos;
}

}  // namespace

std::optional<std::int64_t> parse_timestamp(std::string_view text) {
  int year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0;
  const bool head = take(text, 4, year) && take(text, '-') && take(text, 2, month) &&
                    take(text, '-') && take(text, 2, day) && take(text, 'T') &&
                    take(text, 2, hour) && take(text, ':') && take(text, 2, minute) &&
                    take(text, ':') && take(text, 2, second);
  if (!head) return std::nullopt;
  const std::int64_t nanos = take_fraction(text);
  int offset_minutes = 0;
  if (!take(text, 'Z')) {
    const int sign = take(text, '-') ? -1 : take(text, '+') ? 1 : 0;
    int hours = 0, minutes = 0;
    if (sign == 0 || !take(text, 2, hours) || !take(text, ':') || !take(text, 2, minutes))
      return std::nullopt;
    offset_minutes = sign * (hours * 60 + minutes);
  }
  using namespace std::chrono;
  const year_month_day date{std::chrono::year(year),
                            std::chrono::month(static_cast<unsigned>(month)),
                            std::chrono::day(static_cast<unsigned>(day))};
  if (!text.empty() || !date.ok() || year < 1970 || year > 2200) return std::nullopt;
  if (hour > 23 || minute > 59 || second > 60) return std::nullopt;
  const auto time =
      sys_days(date) + hours(hour) + minutes(minute - offset_minutes) + seconds(second);
  return duration_cast<nanoseconds>(time.time_since_epoch()).count() + nanos;
}

}  // namespace volume_docker
