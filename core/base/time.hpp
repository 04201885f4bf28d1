// Wall-clock instants as nanoseconds since the Unix epoch, and their RFC 3339 forms. Any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace gantry {

/// Nanoseconds since 1970-01-01T00:00:00Z; 0 means "never" and prints as Go's zero time.
using UnixNanos = std::int64_t;

UnixNanos now_nanos();
/// Go's RFC3339Nano in UTC, trailing zeros trimmed; 0 gives "0001-01-01T00:00:00Z".
std::string rfc3339_nano(UnixNanos t);
/// Always nine digits, as docker logs prints them.
std::string rfc3339_fixed(UnixNanos t);
/// Seconds precision, UTC.
std::string rfc3339_seconds(UnixNanos t);
// What is read gives the nearest moment that UnixNanos holds: from the year 1677 to 2262.
/// Parses RFC 3339 with optional fraction and offset; Go's zero time gives 0.
std::optional<UnixNanos> parse_rfc3339(std::string_view s);
/// Parses Docker's `seconds[.nanos]` query form (may be negative).
std::optional<UnixNanos> parse_unix_timestamp(std::string_view s);

}  // namespace gantry
