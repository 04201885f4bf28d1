#include "core/build/from_checks.hpp"

#include <set>

#include "core/build/check_words.hpp"
#include "core/build/checks.hpp"
#include "core/build/raw_words.hpp"
#include "core/build/suggestion.hpp"
#include "core/images/platform.hpp"
#include "core/images/reference.hpp"

namespace gantry::build {
namespace {

constexpr const char* kTargetPlatform = "TARGETPLATFORM";

FindVariable finder(const GlobalArguments& globals) {
  return [&globals](std::string_view name) -> std::optional<std::string> {
    const auto found = globals.find(name);
    if (found == globals.end()) return std::nullopt;
    return found->second;
  };
}

GlobalArguments automatic(const StagePlan& plan, const CheckWorld& world) {
  const auto platforms = platform_arguments(world.target, world.host);
  GlobalArguments globals(platforms.begin(), platforms.end());
  globals["TARGETOSVERSION"] = world.target.os_version;
  globals["BUILDOSVERSION"] = world.host.os_version;
  std::string target = world.target_stage.empty() ? plan.stages.back().name : world.target_stage;
  globals["TARGETSTAGE"] = target.empty() ? "default" : std::move(target);
  return globals;
}

std::set<std::string> declared_names(const StagePlan& plan) {
  std::set<std::string> names;
  for (const Instruction& instruction : plan.global_args)
    for (const std::string& word : raw_words(instruction.rest))
      names.insert(word.substr(0, word.find('=')));
  return names;
}

class FromChecks {
 public:
  FromChecks(const Dockerfile& file, const StagePlan& plan, const GlobalArguments& globals,
             CheckBudget& budget, CheckReport& report)
      : file_(file),
        globals_(globals),
        declared_(declared_names(plan)),
        budget_(budget),
        report_(report) {}

  void check(const Stage& stage) {
    const CheckPlace place(stage.from);
    const CheckedWord base = read(stage.base, place);
    if (base.text.empty())
      throw CheckFailure(Error(Errc::invalid, "base name (" + stage.base + ") should not be blank"),
                         place);
    if (stage.platform.empty()) return;
    const CheckedWord platform = read(stage.platform, place);
    check_redundant(stage, platform, place);
    check_constant(stage, platform, place);
    if (platform.text.empty())
      throw CheckFailure(
          Error(Errc::invalid, "empty platform value from expression " + stage.platform), place);
  }

 private:
  CheckedWord read(const std::string& text, const CheckPlace& place) {
    try {
      CheckedWord word = checked_word(text, finder(globals_), file_.escape, budget_);
      for (const std::string& name : word.unknown)
        if (!declared_.contains(name)) report_undefined(name, place);
      return word;
    } catch (const Error& error) {
      throw CheckFailure(error, place);
    }
  }

  void report_undefined(const std::string& name, const CheckPlace& place) {
    Suggestion near(name);
    budget_.spend(Suggestion::cost(name, globals_.size() + declared_.size()));
    for (const auto& [other, value] : globals_) near.consider(other);
    for (const std::string& other : declared_) near.consider(other);
    const std::string meant = near.text();
    report_.add(rules::kUndefinedArgInFrom, place,
                "FROM argument '" + name + "' is not declared" +
                    (meant.empty() ? "" : " (did you mean " + meant + "?)"));
  }

  void check_redundant(const Stage& stage, const CheckedWord& platform, const CheckPlace& place) {
    const bool alone = platform.known.size() == 1 && platform.unknown.empty();
    if (!alone || !platform.known.contains(kTargetPlatform) ||
        platform.text != globals_.find(kTargetPlatform)->second)
      return;
    report_.add(rules::kRedundantTargetPlatform, place,
                "Setting platform to predefined " + stage.platform +
                    " in FROM is redundant as this is the default behavior");
  }

  // A stage whose name says for what it is may be for that alone.
  void check_constant(const Stage& stage, const CheckedWord& platform, const CheckPlace& place) {
    if (!platform.known.empty() || !platform.unknown.empty()) return;
    try {
      const images::Platform named = images::parse_platform(platform.text);
      if (stage.name.find(named.os) != std::string::npos ||
          stage.name.find(named.architecture) != std::string::npos)
        return;
    } catch (const Error&) {  // the build says so
      return;
    }
    report_.add(rules::kFromPlatformFlagConstDisallowed, place,
                "FROM --platform flag should not use constant value " + quoted_word(platform.text));
  }

  const Dockerfile& file_;
  const GlobalArguments& globals_;
  const std::set<std::string> declared_;
  CheckBudget& budget_;
  CheckReport& report_;
};

}  // namespace

GlobalArguments global_arguments(const Dockerfile& file, const StagePlan& plan,
                                 const CheckWorld& world, bool as_given, CheckBudget& budget) {
  GlobalArguments globals = automatic(plan, world);
  const auto given = [&](const std::string& name) -> const std::optional<std::string>* {
    const auto found = world.arguments.find(name);
    return found == world.arguments.end() || !found->second ? nullptr : &found->second;
  };
  for (auto& [name, value] : globals)
    if (const auto* chosen = given(name)) value = **chosen;
  for (const Instruction& instruction : plan.global_args) {
    for (const std::string& word : raw_words(instruction.rest, file.escape)) {
      const std::size_t equals = word.find('=');
      const std::string name = word.substr(0, equals);
      if (const auto* chosen = as_given ? given(name) : nullptr) {
        globals[name] = **chosen;
      } else if (equals != std::string::npos) {
        try {
          globals[name] =
              checked_word(word.substr(equals + 1), finder(globals), file.escape, budget).text;
        } catch (const Error& error) {
          throw CheckFailure(error, CheckPlace(instruction));
        }
      }
    }
  }
  return globals;
}

void check_defaults(const Dockerfile& file, const StagePlan& plan, const CheckWorld& world,
                    CheckBudget& budget, CheckReport& report) {
  try {
    const GlobalArguments globals = global_arguments(file, plan, world, false, budget);
    for (const Stage& stage : plan.stages)
      if (!images::find_reference(
              checked_word(stage.base, finder(globals), file.escape, budget).text))
        report.add(
            rules::kInvalidDefaultArgInFrom, {stage.from.line, stage.from.last_line},
            "Default value for ARG " + stage.base + " results in empty or invalid base image name");
  } catch (const Error&) {  // with what the client gives it may be right; else it is said later
  }
}

void check_bases(const Dockerfile& file, const StagePlan& plan, const GlobalArguments& globals,
                 CheckBudget& budget, CheckReport& report) {
  FromChecks checks(file, plan, globals, budget, report);
  for (const Stage& stage : plan.stages) checks.check(stage);
}

}  // namespace gantry::build
