#include "core/base/time.hpp"

#include <chrono>
#include <cstdio>
#include <ctime>

#include "core/base/text.hpp"

namespace gantry {
namespace {

constexpr std::int64_t kBillion = 1'000'000'000;

struct Parts {
  std::tm tm{};
  std::int64_t nanos = 0;
};

Parts parts_of(UnixNanos t) {
  Parts p;
  std::int64_t seconds = t / kBillion;
  p.nanos = t % kBillion;
  if (p.nanos < 0) {
    p.nanos += kBillion;
    --seconds;
  }
  const std::time_t clock = seconds;
  gmtime_r(&clock, &p.tm);
  return p;
}

std::string date_time(const std::tm& tm) {
  char buffer[80];
  std::snprintf(buffer, sizeof buffer, "%04d-%02d-%02dT%02d:%02d:%02d", tm.tm_year + 1900,
                tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec);
  return buffer;
}

std::string nine_digits(std::int64_t nanos) {
  char buffer[24];
  std::snprintf(buffer, sizeof buffer, "%09lld", static_cast<long long>(nanos));
  return buffer;
}

/// Up to nine fraction digits as nanoseconds; nullopt when empty or not digits.
std::optional<std::int64_t> fraction(std::string_view digits) {
  if (digits.empty() || digits.size() > 18) return std::nullopt;
  std::int64_t nanos = 0;
  for (size_t i = 0; i < 9; ++i) {
    const char c = i < digits.size() ? digits[i] : '0';
    if (c < '0' || c > '9') return std::nullopt;
    nanos = nanos * 10 + (c - '0');
  }
  return nanos;
}

/// The nearest moment that 64 bits hold: they end in the years 1677 and 2262.
UnixNanos nanos_of(std::int64_t seconds, std::int64_t nanos) {
  UnixNanos result = 0;
  if (__builtin_mul_overflow(seconds, kBillion, &result) ||
      __builtin_add_overflow(result, nanos, &result))
    return seconds < 0 ? INT64_MIN : INT64_MAX;
  return result;
}

}  // namespace

UnixNanos now_nanos() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

std::string rfc3339_nano(UnixNanos t) {
  if (t == 0) return "0001-01-01T00:00:00Z";
  const Parts p = parts_of(t);
  std::string s = date_time(p.tm);
  if (p.nanos != 0) {
    s.append(".").append(nine_digits(p.nanos));
    s.erase(s.find_last_not_of('0') + 1);
  }
  return s + "Z";
}

std::string rfc3339_fixed(UnixNanos t) {
  const Parts p = parts_of(t);
  return date_time(p.tm) + "." + nine_digits(p.nanos) + "Z";
}

std::string rfc3339_seconds(UnixNanos t) { return date_time(parts_of(t).tm) + "Z"; }

std::optional<UnixNanos> parse_rfc3339(std::string_view s) {
  std::tm tm{};
  int consumed = 0;
  const std::string copy(s);
  if (std::sscanf(copy.c_str(), "%4d-%2d-%2d%*1[Tt ]%2d:%2d:%2d%n", &tm.tm_year, &tm.tm_mon,
                  &tm.tm_mday, &tm.tm_hour, &tm.tm_min, &tm.tm_sec, &consumed) != 6 ||
      consumed == 0)
    return std::nullopt;
  if (tm.tm_year <= 1) return 0;
  tm.tm_year -= 1900;
  tm.tm_mon -= 1;
  std::string_view rest = s.substr(static_cast<size_t>(consumed));
  std::int64_t nanos = 0;
  if (!rest.empty() && rest.front() == '.') {
    const size_t end = rest.find_first_not_of("0123456789", 1);
    const auto parsed = fraction(rest.substr(1, end == std::string_view::npos ? end : end - 1));
    if (!parsed) return std::nullopt;
    nanos = *parsed;
    rest = end == std::string_view::npos ? std::string_view{} : rest.substr(end);
  }
  std::int64_t offset = 0;
  if (rest == "Z" || rest == "z") {
  } else if (rest.size() == 6 && (rest[0] == '+' || rest[0] == '-') && rest[3] == ':') {
    const auto hours = text::to_int(rest.substr(1, 2));
    const auto minutes = text::to_int(rest.substr(4, 2));
    if (!hours || !minutes) return std::nullopt;
    offset = (*hours * 60 + *minutes) * 60 * (rest[0] == '-' ? -1 : 1);
  } else {
    return std::nullopt;
  }
  return nanos_of(static_cast<std::int64_t>(timegm(&tm)) - offset, nanos);
}

std::optional<UnixNanos> parse_unix_timestamp(std::string_view s) {
  const size_t dot = s.find('.');
  const auto seconds = text::to_int(s.substr(0, dot));
  if (!seconds) return std::nullopt;
  if (dot == std::string_view::npos) return nanos_of(*seconds, 0);
  const auto nanos = fraction(s.substr(dot + 1));
  if (!nanos) return std::nullopt;
  return nanos_of(*seconds, *seconds < 0 ? -*nanos : *nanos);
}

}  // namespace gantry
