#include "core/build/checks.hpp"

#include <utility>

#include "core/base/text.hpp"
#include "core/build/file_checks.hpp"
#include "core/build/stage_checks.hpp"
#include "core/images/platform.hpp"

namespace gantry::build {
namespace {

constexpr std::string_view kScratch = "scratch";

}  // namespace

DockerfileChecks::DockerfileChecks(const Dockerfile& file, const StagePlan& plan,
                                   const CheckWorld& world, CheckReport& report)
    : file_(file), plan_(plan), world_(world), report_(report) {}

DockerfileChecks::~DockerfileChecks() = default;

void check_beginning(const std::vector<Instruction>& instructions, CheckReport& report) {
  check_gaps(instructions, report);
  check_forms(instructions, report);
}

void DockerfileChecks::check_file() {
  try {
    check_beginning(file_.instructions, report_);
    check_stage_names(plan_, report_);
    check_casing(plan_, report_);
    check_defaults(file_, plan_, world_, budget_, report_);
    globals_ = global_arguments(file_, plan_, world_, true, budget_);
    check_bases(file_, plan_, globals_, budget_, report_);
  } catch (const CheckBudget::Spent&) {
  }
}

std::string DockerfileChecks::expand(const std::string& word) {
  const auto find = [this](std::string_view name) -> std::optional<std::string> {
    const auto found = globals_.find(name);
    if (found == globals_.end()) return std::nullopt;
    return found->second;
  };
  std::string text = expand_word(word, find, file_.escape);
  budget_.spend(text.size());
  return text;
}

std::vector<bool> DockerfileChecks::needed_by(std::size_t target) {
  try {
    return needed_stages(
        plan_, target, [this](const std::string& word) { return expand(word); },
        [this](const std::string& name) { return is_given(name); });
  } catch (const CheckBudget::Spent&) {
    return {};
  }
}

void DockerfileChecks::check_stages(const std::vector<bool>& stages) {
  IgnoredSources ignored(world_.ignored, budget_);
  checked_.resize(stages.size());
  try {
    find_bases(stages);
    for (std::size_t index = 0; index < stages.size(); ++index)
      if (stages[index]) check_stage(index, ignored);
  } catch (const CheckBudget::Spent&) {
  }
}

images::Platform DockerfileChecks::platform_of(const Stage& stage) {
  const std::string text = expand(stage.platform);
  return text.empty() ? world_.target : images::parse_platform(text);
}

int DockerfileChecks::base_stage(std::size_t index, const std::string& name) const {
  return is_given(name) || text::to_int(name) ? -1 : find_stage(plan_, name, index);
}

void DockerfileChecks::find_bases(const std::vector<bool>& stages) {
  const auto look = world_.needs_bases ? CheckWorld::Look::anywhere : CheckWorld::Look::here;
  for (std::size_t index = 0; index < stages.size(); ++index) {
    const Stage& stage = plan_.stages[index];
    const CheckPlace place = CheckPlace(stage.from).without_comments();
    if (!stages[index]) continue;
    try {
      const std::string name = expand(stage.base);
      if (name == kScratch || base_stage(index, name) >= 0) continue;
      const images::Platform wanted = platform_of(stage);
      const CheckBasePtr base = world_.base(name, wanted, look);
      if (!base ||
          (base->platform.os == wanted.os && base->platform.architecture == wanted.architecture))
        continue;
      report_.add(rules::kInvalidBaseImagePlatform, place,
                  "Base image " + name + " was pulled with platform \"" +
                      images::normalised(base->platform).str() + "\", expected \"" +
                      images::normalised(wanted).str() + "\" for current build");
    } catch (const Error& error) {
      throw CheckFailure(error, place);
    }
  }
}

CheckedStage DockerfileChecks::begin(std::size_t index) {
  const Stage& stage = plan_.stages[index];
  const std::string name = expand(stage.base);
  const int earlier = base_stage(index, name);
  if (earlier >= 0 && checked_[static_cast<std::size_t>(earlier)])
    return *checked_[static_cast<std::size_t>(earlier)];
  const auto find = [=, this, platform = platform_of(stage)]() -> CheckBasePtr {
    if (name == kScratch) return std::make_shared<CheckBase>();
    return earlier >= 0 ? nullptr : world_.base(name, platform, CheckWorld::Look::anywhere);
  };
  return {CheckVariables(std::make_shared<CheckedImage>(find), budget_)};
}

void DockerfileChecks::check_stage(std::size_t index, IgnoredSources& ignored) {
  const Stage& stage = plan_.stages[index];
  checked_[index] = std::make_unique<CheckedStage>(begin(index));
  const StageChecks checks{file_, world_, globals_, ignored, budget_, report_};
  StageCheck check(checks, *checked_[index]);
  const std::vector<Instruction> triggers = std::exchange(checked_[index]->triggers, {});
  for (const Instruction& trigger : triggers)
    check.run(trigger, {stage.from.line, stage.from.last_line});
  for (const Instruction& instruction : stage.instructions)
    check.run(instruction, CheckPlace(instruction));
}

}  // namespace gantry::build
