// Gives out a text's instructions one after the other, as dockerfile.hpp describes them; what they
// say is not checked yet. Refers to its text. One thread. Errors: Error{invalid}, without the line.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/build/dockerfile.hpp"
#include "core/build/heredoc.hpp"
#include "core/build/parser_directives.hpp"
#include "core/build/source_lines.hpp"

namespace gantry::build {

class InstructionReader {
 public:
  /// No text is longer or has more instructions: whoever sends one decides about its size.
  static constexpr std::size_t kMaxBytes = 1u << 20;
  static constexpr int kMaxInstructions = 4'000;

  explicit InstructionReader(std::string_view text, char escape = '\\');

  std::optional<Instruction> next();
  /// Where the instruction read last, or being read, begins.
  int line() const { return line_; }
  char escape() const { return directives_.escape(); }
  const std::string& syntax() const { return directives_.syntax(); }
  const std::string& checks() const { return directives_.checks(); }
  /// Of all instructions so far.
  std::vector<std::string> warnings() const;

 private:
  std::string whole(std::string_view first, bool goes_on);
  void keep_comment(std::string_view line);
  void read_heredocs(Instruction& instruction);
  Heredoc read_heredoc(const HeredocMark& mark);

  SourceLines lines_;
  ParserDirectives directives_;
  int line_ = 0;
  int count_ = 0;
  int gap_end_ = 0;  // of the instruction being read
  std::vector<std::string> comments_;
  std::vector<std::string> warnings_;
};

}  // namespace gantry::build
