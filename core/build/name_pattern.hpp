// A pattern for one name in a path, as COPY and .dockerignore have it: `*`, `?`, `[a-z]`, `[^a-z]`;
// a character behind a backslash stands for itself. Characters are those of UTF-8; a byte that is
// part of none is one of its own. Plain value, any thread. Errors: Error{invalid} for a pattern
// that is none.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace gantry::build {

class NamePattern {
 public:
  using Characters = std::u32string;
  static Characters characters(std::string_view text);

  explicit NamePattern(std::string_view text);

  bool match(const Characters& name) const;

 private:
  enum class Kind { one_of, none_of, star };
  struct Token {
    Kind kind;
    std::vector<std::pair<char32_t, char32_t>> ranges;

    bool takes(char32_t character) const;
  };
  class Reader;

  std::vector<Token> tokens_;
};

/// Whether a path is a pattern.
bool has_wildcard(std::string_view path);

}  // namespace gantry::build
