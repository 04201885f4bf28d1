#include "core/api/terminal_size.hpp"

#include "core/base/error.hpp"
#include "core/base/text.hpp"

namespace gantry::api {
namespace {

std::uint32_t parse(const http::Query& query, const char* key, const char* name) {
  const std::string value = query.get(key);
  const auto number = text::to_int(value);
  if (!number)
    throw Error(Errc::invalid,
                std::string("invalid resize ") + name + " \"" + value + "\": invalid syntax");
  if (*number < 0 || *number > UINT16_MAX)
    throw Error(Errc::invalid,
                std::string("invalid resize ") + name + " \"" + value + "\": value out of range");
  return static_cast<std::uint32_t>(*number);
}

}  // namespace

TerminalSize parse_terminal_size(const http::Query& query) {
  return {parse(query, "h", "height"), parse(query, "w", "width")};
}

}  // namespace gantry::api
