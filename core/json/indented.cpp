#include "core/json/indented.hpp"

namespace gantry::json {
namespace {

/// Behind the string that begins at `begin`.
std::size_t string_end(std::string_view json, std::size_t begin) {
  std::size_t at = begin + 1;
  while (at < json.size() && json[at] != '"') at += json[at] == '\\' ? 2 : 1;
  return at + 1;
}

}  // namespace

std::string indented(std::string_view json) {
  std::string out;
  std::size_t depth = 0;
  const auto new_line = [&] { out.append("\n").append(2 * depth, ' '); };
  for (std::size_t at = 0; at < json.size(); ++at) {
    const char c = json[at];
    if (c == '"') {
      const std::size_t end = string_end(json, at);
      out += json.substr(at, end - at);
      at = end - 1;
      continue;
    }
    const bool opens = c == '{' || c == '[', closes = c == '}' || c == ']';
    const bool is_empty = closes && (json[at - 1] == '{' || json[at - 1] == '[');
    if (closes) --depth;
    if (closes && !is_empty) new_line();
    out += c;
    if (opens) ++depth;
    if (c == ',' || (opens && at + 1 < json.size() && json[at + 1] != '}' && json[at + 1] != ']'))
      new_line();
    if (c == ':') out += ' ';
  }
  return out;
}

}  // namespace gantry::json
