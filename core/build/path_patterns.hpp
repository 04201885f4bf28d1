// The patterns of a .dockerignore file and of COPY --exclude: `*` and `?` within a name, `**` over
// directories, `!` takes back; a directory stands for what is in it, the last match decides. Pure,
// any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace gantry::build {

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
    std::vector<std::string> parts;
    bool takes_back = false;
  };
  std::vector<Pattern> patterns_;
};

}  // namespace gantry::build
