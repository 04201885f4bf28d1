// A path with wildcards as COPY has it: a name_pattern.hpp for each name from the first that has
// one on. Plain value, any thread. Errors: Error{invalid} for a pattern that is none.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/build/name_pattern.hpp"

namespace gantry::build {

class SourcePattern {
 public:
  /// `path`: as clean_source() gives it.
  explicit SourcePattern(std::string_view path);

  /// In front of the first wildcard; empty: the root.
  const std::string& directory() const { return directory_; }
  /// For a path relative to that directory.
  bool match(std::string_view path) const;
  /// Whether the path matches, lies in what matches, or may hold what does.
  bool touches(std::string_view path) const;

 private:
  std::string directory_;
  std::vector<NamePattern> names_;
};

}  // namespace gantry::build
