// The two clocks: UTC nanoseconds for records and events, monotonic time for deadlines.
#pragma once

#include <cstdint>
#include <ctime>

namespace gantry::shim {

inline std::int64_t utc_ns() {
  timespec now{};
  ::clock_gettime(CLOCK_REALTIME, &now);
  return std::int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

inline std::int64_t monotonic_us() {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  return std::int64_t{now.tv_sec} * 1'000'000 + now.tv_nsec / 1000;
}

inline std::int64_t monotonic_ms() { return monotonic_us() / 1000; }

}  // namespace gantry::shim
