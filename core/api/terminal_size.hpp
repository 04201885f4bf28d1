// The `h` and `w` of resize requests. Pure.
#pragma once

#include <cstdint>

#include "core/http/exchange.hpp"

namespace gantry::api {

struct TerminalSize {
  std::uint32_t rows = 0, columns = 0;
};

/// Throws Error{invalid} `invalid resize height "x": …`.
TerminalSize parse_terminal_size(const http::Query& query);

}  // namespace gantry::api
