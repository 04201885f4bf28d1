// The `until` values of prune filters: an instant, or an age. Pure; any thread.
#pragma once

#include <optional>
#include <string_view>

#include "core/base/time.hpp"

namespace gantry::domain {

/// "90s", "1h30m", "1.5h" in nanoseconds (Go's durations); nullopt when malformed.
std::optional<std::int64_t> parse_go_duration(std::string_view text);
/// Unix seconds with optional fraction, RFC 3339 or its shorter forms ("2026-01-02",
/// "2026-01-02T15:04", taken as UTC), or a duration before `now`; nullopt when malformed.
std::optional<UnixNanos> parse_time_filter(std::string_view text, UnixNanos now);

}  // namespace gantry::domain
