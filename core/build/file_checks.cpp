#include "core/build/file_checks.hpp"

#include <algorithm>
#include <functional>
#include <set>
#include <string>
#include <string_view>

#include "core/base/text.hpp"
#include "core/build/check_words.hpp"
#include "core/build/raw_words.hpp"

namespace gantry::build {
namespace {

bool has_upper(std::string_view text) {
  return std::any_of(text.begin(), text.end(), [](char c) { return c >= 'A' && c <= 'Z'; });
}

bool has_lower(std::string_view text) {
  return std::any_of(text.begin(), text.end(), [](char c) { return c >= 'a' && c <= 'z'; });
}

/// The last comment above begins with what is defined there.
void check_description(const Instruction& instruction, const std::vector<std::string>& names,
                       CheckReport& report) {
  if (instruction.comments.empty() || names.empty()) return;
  const std::string& comment = instruction.comments.back();
  const std::string word = comment.substr(0, comment.find(' '));
  if (std::find(names.begin(), names.end(), word) != names.end()) return;
  report.add(rules::kInvalidDefinitionDescription, CheckPlace(instruction),
             "Comment for " + instruction.name + " should follow the format: `# " +
                 (names.size() > 1 ? "<arg_key>" : names.front()) + " <description>`");
}

// An instruction that mixes cases has a rule of its own.
void check_as(const Instruction& from, const std::string& as, CheckReport& report) {
  const std::string_view name = written_name(from.text);
  const bool lower = !has_upper(name);
  if ((!lower && has_lower(name)) || !(lower ? has_upper(as) : has_lower(as))) return;
  report.add(rules::kFromAsCasing, CheckPlace(from),
             "'" + as + "' and '" + std::string(name) + "' keywords' casing do not match");
}

void check_from(const Instruction& from, CheckReport& report) {
  const std::vector<std::string> words = blank_separated(from.rest);
  if (words.size() != 3) return;
  if (text::lower(words[2]) != words[2])
    report.add(rules::kStageNameCasing, CheckPlace(from),
               "Stage name '" + words[2] + "' should be lowercase");
  check_as(from, words[1], report);
  check_description(from, {text::lower(words[2])}, report);
}

void check_argument(const Instruction& instruction, CheckReport& report) {
  if (instruction.comments.empty()) return;
  std::vector<std::string> names;
  for (const std::string& word : raw_words(instruction.rest))
    names.push_back(word.substr(0, word.find('=')));
  check_description(instruction, names, report);
}

void each_of_stages(const StagePlan& plan, const std::function<void(const Instruction&)>& visit) {
  for (const Stage& stage : plan.stages) {
    visit(stage.from);
    for (const Instruction& instruction : stage.instructions) visit(instruction);
  }
}

}  // namespace

void check_gaps(const std::vector<Instruction>& instructions, CheckReport& report) {
  for (const Instruction& instruction : instructions)
    if (instruction.gap_end > 0)
      report.add(rules::kNoEmptyContinuation, {instruction.gap_end, instruction.gap_end},
                 "Empty continuation line");
}

void check_forms(const std::vector<Instruction>& instructions, CheckReport& report) {
  for (const Instruction& instruction : instructions) {
    if (instruction.name == "MAINTAINER")
      report.add(rules::kMaintainerDeprecated, CheckPlace(instruction),
                 "Maintainer instruction is deprecated in favor of using label");
    if (instruction.name == "FROM") check_from(instruction, report);
    if (instruction.name == "ARG") check_argument(instruction, report);
  }
}

void check_stage_names(const StagePlan& plan, CheckReport& report) {
  std::set<std::string_view> names;
  for (const Stage& stage : plan.stages) {
    if (stage.name.empty()) continue;
    const CheckPlace place(stage.from.line, stage.from.last_line);
    const std::string name = quoted_word(stage.name);
    if (stage.name == "scratch" || stage.name == "context")
      report.add(rules::kReservedStageName, place,
                 "Stage name should not use the same name as reserved stage " + name);
    if (!names.insert(stage.name).second)
      report.add(rules::kDuplicateStageName, place,
                 "Duplicate stage name " + name + ", stage names should be unique");
  }
}

void check_casing(const StagePlan& plan, CheckReport& report) {
  int lower = 0, upper = 0;
  each_of_stages(plan, [&](const Instruction& instruction) {
    const std::string_view name = written_name(instruction.text);
    if (!has_upper(name))
      ++lower;
    else if (!has_lower(name))
      ++upper;
  });
  const bool wants_lower = lower > upper;
  each_of_stages(plan, [&](const Instruction& instruction) {
    const std::string_view name = written_name(instruction.text);
    if (!(wants_lower ? has_upper(name) : has_lower(name))) return;
    report.add(rules::kConsistentInstructionCasing, {instruction.line, instruction.last_line},
               "Command '" + std::string(name) +
                   "' should match the case of the command majority (" +
                   (wants_lower ? "lowercase" : "uppercase") + ")");
  });
}

}  // namespace gantry::build
