#include "core/build/stages.hpp"

#include <algorithm>
#include <cctype>

#include "core/base/error.hpp"
#include "core/base/text.hpp"
#include "core/build/dockerfile_words.hpp"

namespace gantry::build {
namespace {

[[noreturn]] void fail(const Instruction& at, const std::string& why) {
  throw Error(Errc::invalid,
              "dockerfile parse error on line " + std::to_string(at.line) + ": " + why);
}

// A letter first: a number names a stage by its place.
bool is_stage_name(const std::string& name) {
  const auto fits = [](char c) {
    return std::islower(static_cast<unsigned char>(c)) != 0 ||
           std::isdigit(static_cast<unsigned char>(c)) != 0 || c == '-' || c == '_' || c == '.';
  };
  return !name.empty() && std::islower(static_cast<unsigned char>(name.front())) != 0 &&
         std::all_of(name.begin(), name.end(), fits);
}

std::vector<std::string> blank_separated(const std::string& text) {
  std::vector<std::string> words;
  std::string word;
  for (const char c : text + " ") {
    if (c != ' ' && c != '\t') {
      word += c;
    } else if (!word.empty()) {
      words.push_back(std::exchange(word, {}));
    }
  }
  return words;
}

Stage begin_stage(const Instruction& from) {
  Stage stage;
  stage.from = from;
  for (const std::string& flag : from.flags) {
    if (!flag.starts_with("--platform="))
      fail(from, "unknown flag: " + flag.substr(0, flag.find('=')));
    stage.platform = flag.substr(flag.find('=') + 1);
  }
  const std::vector<std::string> words = blank_separated(from.rest);
  if (words.size() != 1 && words.size() != 3)
    fail(from, "FROM requires either one or three arguments");
  stage.base = words[0];
  if (words.size() == 1) return stage;
  if (!text::iequals(words[1], "as")) fail(from, "FROM requires either one or three arguments");
  stage.name = text::lower(words[2]);
  if (!is_stage_name(stage.name))
    fail(from, "invalid name for build stage: \"" + words[2] +
                   "\", name can't start with a number or contain symbols");
  return stage;
}

}  // namespace

std::size_t StagePlan::steps(std::size_t count) const {
  std::size_t sum = global_args.size();
  for (std::size_t i = 0; i < count; ++i) sum += 1 + stages[i].instructions.size();
  return sum;
}

StagePlan split_stages(const Dockerfile& dockerfile) {
  StagePlan plan;
  for (const Instruction& instruction : dockerfile.instructions) {
    if (instruction.name == "FROM") {
      plan.stages.push_back(begin_stage(instruction));
    } else if (!plan.stages.empty()) {
      plan.stages.back().instructions.push_back(instruction);
    } else if (instruction.name == "ARG") {
      plan.global_args.push_back(instruction);
    } else {
      fail(instruction, "no build stage in current context");
    }
  }
  if (plan.stages.empty()) throw Error(Errc::invalid, "no build stage in current context");
  return plan;
}

int find_stage(const StagePlan& plan, const std::string& name, std::size_t count) {
  // The last of a name that was given twice is the nearest.
  for (std::size_t i = count; i-- > 0;)
    if (!plan.stages[i].name.empty() && plan.stages[i].name == text::lower(name))
      return static_cast<int>(i);
  const auto number = text::to_int(name);
  if (number && *number >= 0 && static_cast<std::size_t>(*number) < count)
    return static_cast<int>(*number);
  return -1;
}

std::size_t target_stage(const StagePlan& plan, const std::string& target) {
  if (target.empty()) return plan.stages.size() - 1;
  const int found = find_stage(plan, target, plan.stages.size());
  if (found < 0) throw Error(Errc::invalid, "target stage \"" + target + "\" could not be found");
  return static_cast<std::size_t>(found);
}

}  // namespace gantry::build
