#include "core/base/duration_text.hpp"

#include <cstdint>

namespace gantry {
namespace {

/// `value` in units of 10^digits, without trailing zeros: decimal(1500, 3) is "1.5".
std::string decimal(std::uint64_t value, int digits) {
  std::string text = std::to_string(value);
  if (digits == 0) return text;
  const auto places = static_cast<size_t>(digits);
  if (text.size() <= places) text.insert(0, places + 1 - text.size(), '0');
  text.insert(text.size() - places, 1, '.');
  text.erase(text.find_last_not_of('0') + 1);
  if (text.ends_with('.')) text.pop_back();
  return text;
}

}  // namespace

std::string duration_text(std::chrono::nanoseconds duration) {
  constexpr std::uint64_t kSecond = 1'000'000'000, kMinute = 60 * kSecond, kHour = 60 * kMinute;
  const bool negative = duration.count() < 0;
  // Not -count(): the smallest value has no positive counterpart.
  const std::uint64_t nanos = negative
                                  ? std::uint64_t{0} - static_cast<std::uint64_t>(duration.count())
                                  : static_cast<std::uint64_t>(duration.count());
  std::string text = negative ? "-" : "";
  if (nanos == 0) return "0s";
  if (nanos < 1'000) return text + decimal(nanos, 0) + "ns";
  if (nanos < 1'000'000) return text + decimal(nanos, 3) + "\u00b5s";
  if (nanos < kSecond) return text + decimal(nanos, 6) + "ms";
  if (nanos >= kHour) text += std::to_string(nanos / kHour) + "h";
  if (nanos >= kMinute) text += std::to_string(nanos % kHour / kMinute) + "m";
  return text + decimal(nanos % kMinute, 9) + "s";
}

}  // namespace gantry
