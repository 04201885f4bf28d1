#include "core/domain/pattern.hpp"

#include <algorithm>

namespace gantry::domain {
namespace {

// The library's parser and matcher recurse; connection threads have small stacks.
constexpr size_t kLongestPattern = 256;
constexpr size_t kDeepestNesting = 16;
constexpr size_t kLongestValue = 1024;

bool too_deep(const std::string& text) {
  size_t depth = 0;
  for (const char c : text) {
    if (c == '(' && ++depth > kDeepestNesting) return true;
    if (c == ')' && depth > 0) --depth;
  }
  return false;
}

}  // namespace

std::optional<Pattern> Pattern::parse(const std::string& text) {
  if (text.size() > kLongestPattern || too_deep(text)) return std::nullopt;
  try {
    // __polynomial: breadth-first matching without backtracking; back-references don't parse, as in
    // Go.
#if defined(__GLIBCXX__)
    return Pattern(std::regex(text, std::regex::ECMAScript | std::regex_constants::__polynomial));
#else
    return Pattern(std::regex(text, std::regex::ECMAScript));
#endif
  } catch (const std::regex_error&) {
    return std::nullopt;
  }
}

bool Pattern::found_in(std::string_view value) const {
  value = value.substr(0, kLongestValue);
  return std::regex_search(value.begin(), value.end(), regex_);
}

}  // namespace gantry::domain
