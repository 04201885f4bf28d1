// A shell's pattern of `*` and `?`, as ${variable#pattern} and its relatives use it. Characters are
// those of UTF-8. Plain value, any thread. Errors: Error{invalid} when a match takes too long
// or a replacement makes more than 1 MiB.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gantry::build {

class ShellPattern {
 public:
  /// A character behind `escape` stands for itself.
  ShellPattern(std::string_view text, char escape);
  ShellPattern(const ShellPattern&) = delete;
  ShellPattern& operator=(const ShellPattern&) = delete;

  /// The value without what matches at its beginning or end; all of it when nothing does.
  std::string without_prefix(std::string_view value, bool longest) const;
  std::string without_suffix(std::string_view value, bool longest) const;
  /// The first longest match, or each of them, replaced.
  std::string replaced(std::string_view value, const std::string& by, bool all) const;

 private:
  enum class Kind { character, any, star };
  struct Token {
    Kind kind;
    std::string_view character;
  };
  using Characters = std::vector<std::string_view>;

  static Characters characters(std::string_view text);
  void advance(std::string_view character, std::vector<char>& states) const;
  std::optional<std::size_t> match(const Characters& text, std::size_t from, bool longest,
                                   std::size_t& steps) const;

  std::string text_;
  std::vector<Token> tokens_;  // refer to text_
};

}  // namespace gantry::build
