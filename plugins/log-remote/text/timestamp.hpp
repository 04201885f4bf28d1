// Instants as text. `ns`: nanoseconds since the Unix epoch. Any thread.
#pragma once

#include <cstdint>
#include <string>

namespace log_remote {

/// "Jan  2 15:04:05", in local time.
std::string syslog_stamp(std::int64_t ns);
/// "2006-01-02T15:04:05+01:00" in local time, "Z" for no offset; with microseconds if wished.
std::string rfc3339_local(std::int64_t ns, bool microseconds);
/// "2006-01-02T15:04:05.0123Z": as many digits as needed.
std::string rfc3339_utc(std::int64_t ns);

/// Whole seconds, rounded down, and what is left over.
struct Instant {
  std::int64_t seconds;
  std::int32_t nanoseconds;
};
Instant split_instant(std::int64_t ns);

}  // namespace log_remote
