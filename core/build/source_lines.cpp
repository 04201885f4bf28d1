#include "core/build/source_lines.hpp"

namespace gantry::build {

SourceLines::SourceLines(std::string_view text) : rest_(text) {
  constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
  if (rest_.starts_with(kByteOrderMark)) rest_.remove_prefix(kByteOrderMark.size());
}

std::optional<std::string_view> SourceLines::next() {
  if (rest_.empty()) return std::nullopt;
  ++number_;
  const std::size_t end = rest_.find('\n');
  const std::string_view line = rest_.substr(0, end == std::string_view::npos ? end : end + 1);
  rest_.remove_prefix(line.size());
  return line;
}

std::string_view without_line_end(std::string_view line) {
  return line.substr(0, line.find_last_not_of("\r\n") + 1);
}

bool cut_continuation(std::string_view& line, char escape) {
  const std::string_view text = line.substr(0, line.find_last_not_of(" \t") + 1);
  if (!text.ends_with(escape)) return false;
  if (text.size() > 1 && text[text.size() - 2] == escape) return false;
  line = text.substr(0, text.size() - 1);
  return true;
}

}  // namespace gantry::build
