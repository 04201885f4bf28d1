#include "core/buildkit/source_excerpt.hpp"

#include <algorithm>
#include <vector>

#include "core/base/text.hpp"

namespace gantry::buildkit {
namespace {

constexpr const char* kRule = "--------------------\n";

std::string numbered(int number, bool is_marked, const std::string& text) {
  std::string digits = std::to_string(number);
  digits.insert(0, 3 - std::min<std::size_t>(digits.size(), 3), ' ');
  return " " + digits + " | " + (is_marked ? ">>> " : "    ") + text + "\n";
}

}  // namespace

std::string source_excerpt(const SourceLines& lines) {
  const std::vector<std::string> text = text::split(lines.text, '\n');
  const int count = static_cast<int>(text.size());
  if (lines.first < 1 || lines.first > count) return {};
  const int last = std::min(std::max(lines.first, lines.last), count);
  int from = lines.first, to = last;
  // About as many above as below; one line alone gets more.
  for (int around = 0, wanted = from == to ? 4 : 2; around < wanted; ++around) {
    if (from > 1) --from, ++around;
    if (to < count) ++to, ++around;
  }
  std::string result = lines.name + ":" + std::to_string(lines.first) + "\n" + kRule;
  for (int number = from; number <= to; ++number)
    result += numbered(number, number >= lines.first && number <= last,
                       text[static_cast<std::size_t>(number - 1)]);
  return result + kRule;
}

void write_location(json::Writer& out, int first, int last) {
  out.begin_object();
  if (first > 0) {
    out.key("ranges").begin_array();
    for (int line = first; line <= std::max(first, last); ++line) {
      out.begin_object().key("start").begin_object().field("line", line).end_object();
      out.key("end").begin_object().field("line", line).end_object().end_object();
    }
    out.end_array();
  }
  out.end_object();
}

}  // namespace gantry::buildkit
