#include "core/build/stages.hpp"

#include <algorithm>
#include <cctype>

#include "core/base/error.hpp"
#include "core/base/text.hpp"
#include "core/build/instruction_flags.hpp"
#include "core/build/raw_words.hpp"

namespace gantry::build {
namespace {

// A letter first: a number names a stage by its place.
bool is_stage_name(const std::string& name) {
  const auto fits = [](char c) {
    return std::islower(static_cast<unsigned char>(c)) != 0 ||
           std::isdigit(static_cast<unsigned char>(c)) != 0 || c == '-' || c == '_' || c == '.';
  };
  return !name.empty() && std::islower(static_cast<unsigned char>(name.front())) != 0 &&
         std::all_of(name.begin(), name.end(), fits);
}

Stage begin_stage(const Instruction& from, char escape) {
  Stage stage;
  stage.from = from;
  const FlagValues flags = flag_values(from.flags, {"platform"}, escape);
  if (const auto found = flags.find("platform"); found != flags.end())
    stage.platform = found->second;
  const std::vector<std::string> words = blank_separated(from.rest);
  const bool named = words.size() == 3 && text::iequals(words[1], "as");
  if (words.size() != 1 && !named) invalid("FROM requires either one or three arguments");
  stage.base = words[0];
  if (!named) return stage;
  stage.name = text::lower(words[2]);
  if (!is_stage_name(stage.name))
    invalid("invalid name for build stage: \"" + words[2] +
            "\", name can't start with a number or contain symbols");
  return stage;
}

void add(const Instruction& instruction, char escape, StagePlan& plan) {
  if (instruction.name == "FROM") {
    plan.stages.push_back(begin_stage(instruction, escape));
  } else if (!plan.stages.empty()) {
    plan.stages.back().instructions.push_back(instruction);
  } else if (instruction.name == "ARG") {
    plan.global_args.push_back(instruction);
  } else {
    invalid("no build stage in current context");
  }
}

/// What "--from=x" and "--mount=type=bind,from=x" take from.
void each_source(const std::string& flag, const std::function<void(const std::string&)>& visit) {
  constexpr std::string_view kFrom = "--from=", kMount = "--mount=";
  if (flag.starts_with(kFrom)) return visit(flag.substr(kFrom.size()));
  if (!flag.starts_with(kMount)) return;
  // As RUN --mount reads them: keys in any case, fields between quotes.
  for (std::string field : text::split(flag.substr(kMount.size()), ',')) {
    std::erase(field, '"');
    if (text::lower(field).starts_with("from=")) visit(field.substr(5));
  }
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
    try {
      add(instruction, dockerfile.escape, plan);
    } catch (const Error& error) {
      throw DockerfileError(instruction.line, error.what());
    }
  }
  if (plan.stages.empty()) invalid("no build stage in current context");
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

std::vector<bool> needed_stages(const StagePlan& plan, std::size_t target,
                                const std::function<std::string(const std::string&)>& expand,
                                const std::function<bool(const std::string&)>& is_given,
                                const std::vector<Instruction>& more) {
  std::vector<bool> needed(target + 1, false);
  needed[target] = true;
  for (std::size_t index = target + 1; index-- > 0;) {
    if (!needed[index]) continue;
    const auto need = [&](const std::string& name) {
      const int stage = is_given(name) ? -1 : find_stage(plan, name, index);
      if (stage >= 0) needed[static_cast<std::size_t>(stage)] = true;
    };
    need(expand(plan.stages[index].base));
    const auto need_all = [&](const std::vector<Instruction>& instructions) {
      for (const Instruction& instruction : instructions)
        for (const std::string& flag : instruction.flags) each_source(flag, need);
    };
    need_all(plan.stages[index].instructions);
    if (index == target) need_all(more);
  }
  return needed;
}

std::size_t target_stage(const StagePlan& plan, const std::string& target) {
  if (target.empty()) return plan.stages.size() - 1;
  const int found = find_stage(plan, target, plan.stages.size());
  if (found < 0) throw Error(Errc::invalid, "target stage \"" + target + "\" could not be found");
  return static_cast<std::size_t>(found);
}

}  // namespace gantry::build
