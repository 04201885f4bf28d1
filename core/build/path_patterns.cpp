#include "core/build/path_patterns.hpp"

#include <fnmatch.h>

#include <cstddef>

#include "core/base/text.hpp"

namespace gantry::build {
namespace {

using Parts = std::vector<std::string>;

// True when the pattern matches the path or one of the directories it lies in. Which parts of the
// path are reached is kept as a set, so that many `**` cost no more than one.
bool matches(const Parts& pattern, const Parts& path) {
  std::vector<bool> reached(path.size() + 1, false);
  reached[0] = true;
  for (const std::string& part : pattern) {
    std::vector<bool> next(path.size() + 1, false);
    if (part == "**") {
      bool any = false;
      for (std::size_t i = 0; i <= path.size(); ++i) next[i] = any = any || reached[i];
    } else {
      for (std::size_t i = 0; i < path.size(); ++i)
        if (reached[i] && ::fnmatch(part.c_str(), path[i].c_str(), 0) == 0) next[i + 1] = true;
    }
    reached = std::move(next);
  }
  // The root itself is matched by `**` alone, and that means what is in it.
  for (std::size_t i = 1; i <= path.size(); ++i)
    if (reached[i]) return true;
  return false;
}

Parts parts_of(std::string_view path) {
  Parts parts;
  for (std::string& part : text::split(path, '/')) {
    if (part.empty() || part == ".") continue;
    if (part == ".." && !parts.empty())
      parts.pop_back();
    else if (part != "..")
      parts.push_back(std::move(part));
  }
  return parts;
}

}  // namespace

PathPatterns PathPatterns::from_lines(std::string_view text) {
  if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
  PathPatterns patterns;
  for (const std::string& line : text::split(text, '\n'))
    if (!line.starts_with('#')) patterns.add(line);
  return patterns;
}

void PathPatterns::add(std::string_view text) {
  text = text::trim(text);
  Pattern pattern;
  if (text.starts_with('!')) {
    pattern.takes_back = true;
    text = text::trim(text.substr(1));
  }
  pattern.parts = parts_of(text);
  if (!pattern.parts.empty()) patterns_.push_back(std::move(pattern));
}

bool PathPatterns::match(std::string_view path) const {
  const Parts parts = parts_of(path);
  bool matched = false;
  for (const Pattern& pattern : patterns_)
    if (pattern.takes_back == matched && matches(pattern.parts, parts)) matched = !matched;
  return matched;
}

}  // namespace gantry::build
