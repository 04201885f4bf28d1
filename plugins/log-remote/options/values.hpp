// The values of options as Docker reads them, with the words of its errors, which are Go's. Pure;
// any thread. Errors: gantry::sdk::Error{GANTRY_INVALID}.
#pragma once

#include <chrono>
#include <cstdint>
#include <gantry/cpp/logging.hpp>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

namespace log_remote {

using gantry::sdk::LogOptions;

[[noreturn]] void invalid(const std::string& message);

/// In double quotes, with escapes, as messages show a user's text.
std::string in_quotes(std::string_view text);

/// "" when the option is not given.
std::string value_of(const LogOptions& options, const std::string& name);

/// A decimal number with an optional sign.
std::optional<std::int64_t> find_integer(std::string_view text);
/// At most 2^32-1.
std::uint32_t parse_unsigned(const std::string& text);
bool parse_bool(const std::string& text);
/// "1.5s", "300ms", "1h2m".
std::chrono::nanoseconds parse_duration(const std::string& text);
/// "8388608", "8MB", "1.5 GiB": in units of 1024.
std::int64_t parse_size(const std::string& text);

}  // namespace log_remote
