// Pure functions on strings. Any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gantry::text {

std::vector<std::string> split(std::string_view s, char separator);
std::string join(const std::vector<std::string>& parts, std::string_view separator);
std::string_view trim(std::string_view s);
std::string lower(std::string_view s);
bool iequals(std::string_view a, std::string_view b);
/// Whole string as a decimal integer; nullopt when it is anything else or out of range.
std::optional<std::int64_t> to_int(std::string_view s);
/// Go's strconv.ParseBool, which Docker uses for options; nullopt when it is none.
std::optional<bool> to_bool(std::string_view s);
std::string hex(const void* data, size_t size);
bool is_hex(std::string_view s);
/// 0 to 15; -1: it is no hexadecimal digit.
int hex_value(char c);

}  // namespace gantry::text
