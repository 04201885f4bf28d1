// A Dockerfile cut into instructions: directives, continuation, comments, flags, here-documents.
// Nothing is expanded here. At most 1 MiB and 4000 instructions are read. Pure, any thread. Errors:
// Error{invalid} in Docker's words, with the line.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/base/error.hpp"

namespace gantry::build {

struct Heredoc {
  std::string name;     // "EOF"; for COPY and ADD the file's name
  std::string content;  // with the newline of its last line; tabs of <<- are gone
  bool expand = true;   // false: the name was quoted
};

struct Instruction {
  std::string name;                   // upper case: "RUN"
  std::vector<std::string> flags;     // "--chown=1:1", in their order; nothing is unquoted
  std::string rest;                   // the arguments on one line
  std::string text;                   // all of it on one line as it was written, for progress
  std::vector<Heredoc> heredocs;      // RUN, COPY, ADD
  std::vector<std::string> comments;  // the lines above it, without "#"; an empty one ends them
  int line = 0, last_line = 0;        // from 1
  int gap_end = 0;  // the last line of a text with empty lines in it; 0: it has none
};

struct Dockerfile {
  char escape = '\\';
  std::string syntax;  // of the directive: an image that would read the file; empty: none
  std::string checks;  // likewise: what CheckOptions reads
  std::vector<Instruction> instructions;
  std::vector<std::string> warnings;  // one per line, without a newline
};

/// Where a Dockerfile is wrong.
class DockerfileError : public Error {
 public:
  DockerfileError(int line, const std::string& why)
      : Error(Errc::invalid, "dockerfile parse error on line " + std::to_string(line) + ": " + why),
        line_(line) {}
  int line() const { return line_; }

 private:
  int line_;
};

/// Throws DockerfileError `dockerfile parse error on line N: unknown instruction: FOO` and its
/// like; an empty one: "file with no instructions".
Dockerfile parse_dockerfile(std::string_view text);
/// What is in front of a line that cannot be read; for checks alone.
Dockerfile dockerfile_before(std::string_view text, int line);
/// One instruction: an ONBUILD trigger, a change of `docker commit`.
Instruction parse_instruction(std::string_view text, char escape = '\\');

}  // namespace gantry::build
