// The checks of a stage's instructions, one after the other: what they name, what they set.
// One thread.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "core/build/check_report.hpp"
#include "core/build/check_variables.hpp"
#include "core/build/check_words.hpp"
#include "core/build/from_checks.hpp"
#include "core/build/ignored_sources.hpp"

namespace gantry::build {

/// What stages of a Dockerfile have in common.
struct StageChecks {
  const Dockerfile& file;
  const CheckWorld& world;
  const GlobalArguments& globals;
  IgnoredSources& ignored;
  CheckBudget& budget;
  CheckReport& report;
};

/// What a stage leaves to those that begin with it.
struct CheckedStage {
  CheckVariables variables;
  bool has_work_directory = false, has_shell = false;
  std::vector<Instruction> triggers{};  // of ONBUILD
};

class StageCheck {
 public:
  StageCheck(const StageChecks& checks, CheckedStage& stage) : checks_(checks), stage_(stage) {}
  /// Throws CheckFailure.
  void run(const Instruction& instruction, const CheckPlace& place);

 private:
  using Rule = void (StageCheck::*)(const Instruction&);
  static const std::map<std::string, Rule, std::less<>>& rules_by_name();

  /// UndefinedVar; gives what it comes to.
  std::string word(std::string_view text, char escape, WordQuotes quotes = WordQuotes::read);
  std::string word(std::string_view text) { return word(text, checks_.file.escape); }
  std::vector<std::string> list(const Instruction& instruction) const;
  void warn(const CheckRule& rule, std::string text) {
    checks_.report.add(rule, place_, std::move(text));
  }
  void check_secret(const std::string& instruction, const std::string& name);

  void pairs(const Instruction& instruction);
  void argument(const Instruction& instruction);
  void copy(const Instruction& instruction);
  void mounts(const Instruction& instruction);
  void one_word(const Instruction& instruction);
  void each_word(const Instruction& instruction);
  void work_directory(const Instruction& instruction);
  void ports(const Instruction& instruction);
  void command(const Instruction& instruction);
  void once(const Instruction& instruction);
  void shell(const Instruction& instruction);
  void trigger(const Instruction& instruction);

  const StageChecks& checks_;
  CheckedStage& stage_;
  CheckPlace place_;
  std::map<std::string, CheckPlace> last_;  // of what counts only once, by instruction
};

}  // namespace gantry::build
