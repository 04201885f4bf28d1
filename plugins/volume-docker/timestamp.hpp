// Times as Docker's plugins write them: RFC 3339, "2006-01-02T15:04:05.999Z". Pure; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace volume_docker {

/// Nanoseconds since the Unix epoch; nullopt for what is no time, or before the epoch.
std::optional<std::int64_t> parse_timestamp(std::string_view text);

}  // namespace volume_docker
