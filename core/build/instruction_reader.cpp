#include "core/build/instruction_reader.hpp"

#include <algorithm>
#include <utility>

#include "core/base/error.hpp"
#include "core/base/text.hpp"
#include "core/build/raw_words.hpp"

namespace gantry::build {
namespace {

std::string upper(std::string_view word) {
  std::string result(word);
  for (char& c : result) c = static_cast<char>(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
  return result;
}

/// Up to the first blank; `text` keeps what follows.
std::string_view cut_word(std::string_view& text) {
  const std::string_view word = text.substr(0, text.find_first_of(kBlanks));
  text = trim_left(text.substr(word.size()));
  return word;
}

/// Flags stand in front; a lone "--" ends them.
std::vector<std::string> cut_flags(std::string_view& text, char escape) {
  std::vector<std::string> flags;
  while (text.starts_with("--")) {
    const std::string_view word = text.substr(0, raw_word_end(text, escape));
    text = trim_left(text.substr(word.size()));
    if (word == "--") break;
    flags.emplace_back(word);
  }
  return flags;
}

Instruction split(std::string_view text, char escape) {
  text = text::trim(text);
  Instruction result;
  result.text = text;
  result.name = upper(cut_word(text));
  result.flags = cut_flags(text, escape);
  result.rest = text;
  return result;
}

/// A trigger's here-documents follow its ONBUILD.
bool may_have_heredocs(const Instruction& instruction) {
  std::string name = instruction.name;
  if (name == "ONBUILD") {
    std::string_view trigger = instruction.rest;
    name = upper(cut_word(trigger));
  }
  return name == "RUN" || name == "COPY" || name == "ADD";
}

}  // namespace

InstructionReader::InstructionReader(std::string_view text, char escape)
    : lines_(text), directives_(escape) {
  if (text.size() > kMaxBytes) invalid("dockerfile is larger than 1 MiB");
}

std::optional<Instruction> InstructionReader::next() {
  while (const auto line = lines_.next()) {
    line_ = lines_.number();
    std::string_view first = trim_left(without_line_end(*line));
    const bool is_directive = directives_.read(first);
    if (first.starts_with('#')) {
      if (!is_directive) keep_comment(*line);
      continue;
    }
    const bool goes_on = cut_continuation(first, escape());
    if (first.empty() && !goes_on) continue;
    if (++count_ > kMaxInstructions) invalid("dockerfile has more than 4000 instructions");
    Instruction instruction = split(whole(first, goes_on), escape());
    instruction.line = line_;
    instruction.gap_end = gap_end_;
    instruction.comments = std::exchange(comments_, {});
    read_heredocs(instruction);
    instruction.last_line = lines_.number();
    return instruction;
  }
  return std::nullopt;
}

// Blanks in front of the "#" leave it in the comment: nothing in it means anything then.
void InstructionReader::keep_comment(std::string_view line) {
  const std::string_view comment = text::trim(line.substr(1));
  if (comment.empty())
    comments_.clear();
  else
    comments_.emplace_back(comment);
}

// Comments may stand between the lines of an instruction; so may empty lines, still.
std::string InstructionReader::whole(std::string_view first, bool goes_on) {
  std::string text(first);
  bool has_empty = false;
  while (goes_on) {
    const auto next = lines_.next();
    if (!next) break;
    std::string_view line = without_line_end(*next);
    const std::string_view visible = trim_left(line);
    has_empty = has_empty || visible.empty();
    if (visible.empty() || visible.starts_with('#')) continue;
    goes_on = cut_continuation(line, escape());
    text += line;
  }
  gap_end_ = has_empty ? lines_.number() : 0;
  if (has_empty) warnings_.push_back("[WARNING]: Empty continuation line found in: " + text);
  return text;
}

void InstructionReader::read_heredocs(Instruction& instruction) {
  if (!may_have_heredocs(instruction)) return;
  for (const std::string& word : raw_words(instruction.rest))
    if (const auto mark = find_heredoc(word)) instruction.heredocs.push_back(read_heredoc(*mark));
}

Heredoc InstructionReader::read_heredoc(const HeredocMark& mark) {
  Heredoc result{mark.name, {}, mark.expand};
  while (const auto next = lines_.next()) {
    std::string_view line = *next;
    if (mark.strip_tabs) line.remove_prefix(std::min(line.find_first_not_of('\t'), line.size()));
    if (without_line_end(line) == mark.name) return result;
    result.content += line;
  }
  invalid("unterminated heredoc");
}

std::vector<std::string> InstructionReader::warnings() const {
  std::vector<std::string> result = warnings_;
  if (!result.empty())
    result.emplace_back(
        "[WARNING]: Empty continuation lines will become errors in a future release.");
  return result;
}

}  // namespace gantry::build
