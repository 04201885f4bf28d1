#include "text/timestamp.hpp"

#include <cstdio>
#include <cstdlib>
#include <ctime>

namespace log_remote {

namespace {

constexpr std::int64_t kSecond = 1'000'000'000;

std::tm broken_down(std::int64_t seconds, bool local) {
  const time_t time = static_cast<time_t>(seconds);
  std::tm result{};
  if (local)
    ::localtime_r(&time, &result);
  else
    ::gmtime_r(&time, &result);
  return result;
}

std::string date_time(const std::tm& tm) {
  char text[80];
  std::snprintf(text, sizeof text, "%04d-%02d-%02dT%02d:%02d:%02d", tm.tm_year + 1900,
                tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec);
  return text;
}

std::string zone(const std::tm& tm) {
  if (tm.tm_gmtoff == 0) return "Z";
  const long minutes = std::labs(tm.tm_gmtoff) / 60;
  char text[48];
  std::snprintf(text, sizeof text, "%c%02ld:%02ld", tm.tm_gmtoff < 0 ? '-' : '+', minutes / 60,
                minutes % 60);
  return text;
}

}  // namespace

Instant split_instant(std::int64_t ns) {
  std::int64_t seconds = ns / kSecond;
  std::int64_t rest = ns % kSecond;
  if (rest < 0) {
    rest += kSecond;
    --seconds;
  }
  return {seconds, static_cast<std::int32_t>(rest)};
}

std::string syslog_stamp(std::int64_t ns) {
  static const char* const kMonths[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                        "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const std::tm tm = broken_down(split_instant(ns).seconds, true);
  char text[64];
  std::snprintf(text, sizeof text, "%s %2d %02d:%02d:%02d", kMonths[tm.tm_mon % 12], tm.tm_mday,
                tm.tm_hour, tm.tm_min, tm.tm_sec);
  return text;
}

std::string rfc3339_local(std::int64_t ns, bool microseconds) {
  const Instant instant = split_instant(ns);
  const std::tm tm = broken_down(instant.seconds, true);
  char fraction[16] = "";
  if (microseconds) std::snprintf(fraction, sizeof fraction, ".%06d", instant.nanoseconds / 1000);
  return date_time(tm) + fraction + zone(tm);
}

std::string rfc3339_utc(std::int64_t ns) {
  const Instant instant = split_instant(ns);
  char digits[16];
  std::snprintf(digits, sizeof digits, ".%09d", instant.nanoseconds);
  std::string fraction = digits;
  while (!fraction.empty() && (fraction.back() == '0' || fraction.back() == '.'))
    fraction.pop_back();
  return date_time(broken_down(instant.seconds, false)) + fraction + "Z";
}

}  // namespace log_remote
