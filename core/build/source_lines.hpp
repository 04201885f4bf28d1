// The lines of a Dockerfile, one after the other. Refers to the text it is made from.
// One thread. No errors.
#pragma once

#include <optional>
#include <string_view>

namespace gantry::build {

class SourceLines {
 public:
  /// A byte order mark in front is none of its lines' text.
  explicit SourceLines(std::string_view text);

  /// With its end of line; nullopt: there are no more.
  std::optional<std::string_view> next();
  /// Of the line given out last, from 1.
  int number() const { return number_; }

 private:
  std::string_view rest_;
  int number_ = 0;
};

/// "\n" and "\r\n" are ends of lines.
std::string_view without_line_end(std::string_view line);

/// Takes the escape character away that ends the line and makes it go on in the next one. Behind it
/// there may be blanks; another one in front of it takes its meaning away.
bool cut_continuation(std::string_view& line, char escape);

}  // namespace gantry::build
