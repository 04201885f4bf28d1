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

std::optional<TerminalSize> find_console_size(const json::Node& node) {
  if (!node) return std::nullopt;
  if (!node.is_array() || node.size() != 2) node.fail("must hold height and width");
  const auto side = [&](size_t index) {
    const std::int64_t value = node.at(index).i64();
    if (value < 0 || value > UINT16_MAX) node.fail("is out of range");
    return static_cast<std::uint32_t>(value);
  };
  return TerminalSize{side(0), side(1)};
}

}  // namespace gantry::api
