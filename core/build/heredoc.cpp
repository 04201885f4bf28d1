#include "core/build/heredoc.hpp"

#include <algorithm>

#include "core/build/raw_words.hpp"

namespace gantry::build {
namespace {

bool has_open_quote(std::string_view name) {
  // Closed, the second word would stand apart from it.
  return raw_words(std::string(name) + " x").size() == 1;
}

}  // namespace

std::optional<HeredocMark> find_heredoc(std::string_view word) {
  word.remove_prefix(std::min(word.find_first_not_of("0123456789"), word.size()));
  if (!word.starts_with("<<")) return std::nullopt;
  word.remove_prefix(2);
  HeredocMark mark;
  mark.strip_tabs = word.starts_with('-');
  if (mark.strip_tabs) word.remove_prefix(1);
  // "<<<" gives a command one word, a shell's affair.
  if (word.empty() || word.find('<') != std::string_view::npos || has_open_quote(word))
    return std::nullopt;
  mark.name = unquoted(word);
  mark.expand = word.find_first_of("'\"") == std::string_view::npos;
  if (mark.name.empty()) return std::nullopt;
  return mark;
}

}  // namespace gantry::build
