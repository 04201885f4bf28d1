// The `h` and `w` of resize requests, and ConsoleSize. Pure.
#pragma once

#include <cstdint>
#include <optional>

#include "core/http/exchange.hpp"
#include "core/json/reader.hpp"

namespace gantry::api {

struct TerminalSize {
  std::uint32_t rows = 0, columns = 0;
};

/// Throws Error{invalid} `invalid resize height "x": …`.
TerminalSize parse_terminal_size(const http::Query& query);

/// [height, width]; nullopt when missing or null. Throws Error{invalid} naming the field.
std::optional<TerminalSize> find_console_size(const json::Node& node);

}  // namespace gantry::api
