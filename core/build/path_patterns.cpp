#include "core/build/path_patterns.hpp"

#include <algorithm>
#include <cstddef>
#include <functional>

#include "core/base/error.hpp"
#include "core/base/text.hpp"

namespace gantry::build {
namespace {

using Names = std::vector<NamePattern::Characters>;

// Without "." and "..", but for those that climb out: they are never found in a path.
std::vector<std::string> clean_parts(std::string_view path) {
  const bool rooted = path.starts_with('/');
  std::vector<std::string> parts;
  for (std::string& part : text::split(path, '/')) {
    if (part.empty() || part == ".") continue;
    if (part != "..")
      parts.push_back(std::move(part));
    else if (!parts.empty() && parts.back() != "..")
      parts.pop_back();
    else if (!rooted)
      parts.push_back(std::move(part));
  }
  return parts;
}

void each_line(std::string_view text, const std::function<void(std::string_view)>& visit) {
  if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
  for (const std::string& line : text::split(text, '\n'))
    if (!line.starts_with('#')) visit(line);
}

std::string_view behind_mark(std::string_view pattern) {
  pattern = text::trim(pattern.substr(1));
  if (pattern.empty()) throw Error(Errc::invalid, "illegal exclusion pattern: \"!\"");
  return pattern;
}

Names names_of(std::string_view path) {
  Names names;
  for (const std::string& part : clean_parts(path)) names.push_back(NamePattern::characters(part));
  return names;
}

}  // namespace

std::vector<std::string> ignored_patterns(std::string_view text) {
  std::vector<std::string> patterns;
  each_line(text, [&](std::string_view line) {
    line = text::trim(line);
    const bool takes_back = line.starts_with('!');
    if (takes_back) line = behind_mark(line);
    const std::string clean = text::join(clean_parts(line), "/");
    if (!clean.empty()) patterns.push_back((takes_back ? "!" : "") + clean);
  });
  return patterns;
}

PathPatterns PathPatterns::from_lines(std::string_view text) {
  PathPatterns patterns;
  each_line(text, [&](std::string_view line) { patterns.add(line); });
  return patterns;
}

void PathPatterns::add(std::string_view text) {
  text = text::trim(text);
  Pattern pattern;
  if (text.starts_with('!')) {
    pattern.takes_back = true;
    text = behind_mark(text);
  }
  for (std::string_view part : clean_parts(text)) pattern.add(part);
  if (!pattern.parts.empty()) patterns_.push_back(std::move(pattern));
}

// "**name" is "**/name".
void PathPatterns::Pattern::add(std::string_view part) {
  while (part.starts_with("**")) {
    part.remove_prefix(2);
    if (parts.empty() || parts.back()) parts.push_back(std::nullopt);
  }
  if (part.empty()) return;
  parts.emplace_back(part);
  ++names;
}

// True when the pattern matches the path or one of the directories it lies in. Which names of the
// path are reached is kept as a set, so that many `**` cost no more than one.
bool PathPatterns::Pattern::match(const Names& path) const {
  if (names > path.size()) return false;
  std::vector<bool> reached(path.size() + 1, false);
  reached[0] = true;
  for (std::size_t n = 0; n < parts.size(); ++n) {
    std::vector<bool> next(path.size() + 1, false);
    if (parts[n]) {
      for (std::size_t i = 0; i < path.size(); ++i)
        next[i + 1] = reached[i] && parts[n]->match(path[i]);
    } else {
      // At the end it is what a directory holds, not the directory.
      const bool last = n + 1 == parts.size();
      bool before = false;
      for (std::size_t i = 0; i <= path.size(); ++i) {
        next[i] = before || (reached[i] && !last);
        before = before || reached[i];
      }
    }
    reached = std::move(next);
  }
  return std::find(reached.begin() + 1, reached.end(), true) != reached.end();
}

bool PathPatterns::match(std::string_view path) const {
  if (patterns_.empty()) return false;
  const Names names = names_of(path);
  bool matched = false;
  for (const Pattern& pattern : patterns_)
    if (pattern.takes_back == matched && pattern.match(names)) matched = !matched;
  return matched;
}

}  // namespace gantry::build
