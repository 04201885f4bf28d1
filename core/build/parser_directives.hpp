// The directives in a Dockerfile's first lines: "# syntax=…", "# escape=…", "# check=…". The
// escape character means something here; the others choose and configure a reader of their own.
// Plain value, any thread. Errors: Error{invalid} in Docker's words.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <string_view>

namespace gantry::build {

/// Throws Error{unsupported} unless this engine's own reader does what the image would.
void check_syntax(const std::string& image);

/// What a comment without its "#" says after "check=", up to a blank; nullopt: it is no such one.
std::optional<std::string> check_directive(std::string_view comment);

class ParserDirectives {
 public:
  explicit ParserDirectives(char escape) : escape_(escape) {}

  /// To be called for each line without the blanks in front of it; the first one that is no
  /// directive, an empty one as well, ends them. Gives whether it is one.
  bool read(std::string_view line);
  char escape() const { return escape_; }
  const std::string& syntax() const { return syntax_; }
  const std::string& checks() const { return checks_; }

 private:
  char escape_;
  std::string syntax_, checks_;
  bool ended_ = false;
  std::set<std::string> seen_;
};

}  // namespace gantry::build
