// The patterns of a .dockerignore file and of COPY --exclude: names as name_pattern.hpp has them,
// `**` over directories, `!` takes back; a directory stands for what is in it, the last match
// decides. Pure, any thread. Errors: Error{invalid} for a pattern that is none.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/build/name_pattern.hpp"

namespace gantry::build {

/// The lines of a .dockerignore file as BuildKit's clients take them: cleaned, in order.
std::vector<std::string> ignored_patterns(std::string_view text);

class PathPatterns {
 public:
  PathPatterns() = default;
  /// The lines of a .dockerignore file; comments and empty ones are left out.
  static PathPatterns from_lines(std::string_view text);
  void add(std::string_view pattern);

  bool empty() const { return patterns_.empty(); }
  /// `path`: relative, with single slashes.
  bool match(std::string_view path) const;

 private:
  struct Pattern {
    std::vector<std::optional<NamePattern>> parts;  // without a value: `**`
    std::size_t names = 0;                          // the others
    bool takes_back = false;

    void add(std::string_view part);
    bool match(const std::vector<NamePattern::Characters>& path) const;
  };
  std::vector<Pattern> patterns_;
};

}  // namespace gantry::build
