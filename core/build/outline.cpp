#include "core/build/outline.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <set>

#include "core/base/error.hpp"
#include "core/build/check_words.hpp"
#include "core/build/from_checks.hpp"
#include "core/build/key_values.hpp"
#include "core/build/raw_words.hpp"
#include "core/build/run_mount.hpp"

namespace gantry::build {
namespace {

using Values = std::map<std::string, std::string, std::less<>>;

FindVariable finder(const Values& values) {
  return [&values](std::string_view name) -> std::optional<std::string> {
    const auto found = values.find(name);
    if (found == values.end()) return std::nullopt;
    return found->second;
  };
}

struct Defined {
  OutlineArgument argument;
  std::set<std::string> needs;  // arguments that its value is made of
};

class Reader {
 public:
  Reader(const Dockerfile& file, const StagePlan& plan, const CheckWorld& world)
      : file_(file),
        plan_(plan),
        world_(world),
        globals_(global_arguments(file, plan, world, true, budget_)) {
    for (const Instruction& instruction : plan.global_args)
      for (const std::string& word : raw_words(instruction.rest, file.escape)) {
        const std::size_t equals = word.find('=');
        Defined defined = define(instruction, word.substr(0, equals));
        defined.argument.value = globals_[defined.argument.name];
        if (equals != std::string::npos)
          defined.needs = read(word.substr(equals + 1), globals_).known;
        defined_[defined.argument.name] = std::move(defined);
      }
  }

  Outline read_all(std::size_t target) {
    const auto expand = [this](const std::string& word) { return read(word, globals_).text; };
    const auto none = [](const std::string&) { return false; };
    const std::vector<bool> needed = needed_stages(plan_, target, expand, none);
    const Stage& stage = plan_.stages[target];
    outline_.name = stage.name;
    outline_.description = description_of(stage.from, stage.name);
    values_.resize(target + 1);
    // What is defined nearer to the target hides the rest.
    std::vector<std::vector<OutlineArgument>> found(target + 1);
    for (std::size_t index = 0; index <= target; ++index)
      if (needed[index]) found[index] = read_stage(index);
    std::set<std::string> told;
    for (std::size_t index = target + 1; index-- > 0;)
      for (OutlineArgument& argument : found[index])
        if (told.insert(argument.name).second) outline_.arguments.push_back(std::move(argument));
    sort(outline_.arguments);
    sort(outline_.secrets);
    sort(outline_.agents);
    return std::move(outline_);
  }

 private:
  CheckedWord read(std::string_view text, const Values& values) {
    return checked_word(text, finder(values), file_.escape, budget_);
  }

  static Defined define(const Instruction& instruction, std::string name) {
    Defined defined;
    defined.argument = {
        name, description_of(instruction, name), {}, instruction.line, instruction.last_line};
    return defined;
  }

  template <typename List>
  static void sort(List& list) {
    std::stable_sort(list.begin(), list.end(),
                     [](const auto& a, const auto& b) { return a.line < b.line; });
  }

  std::vector<OutlineArgument> read_stage(std::size_t index) {
    const Stage& stage = plan_.stages[index];
    std::set<std::string> used = read(stage.base, globals_).known;
    used.merge(read(stage.platform, globals_).known);
    const int base = find_stage(plan_, read(stage.base, globals_).text, index);
    if (base >= 0) {
      budget_.spend(values_[static_cast<std::size_t>(base)].size());
      values_[index] = values_[static_cast<std::size_t>(base)];
    }
    std::map<std::string, OutlineArgument> own;
    for (const Instruction& instruction : stage.instructions) {
      if (instruction.name == "ARG") read_arguments(instruction, values_[index], own, used);
      if (instruction.name == "RUN") read_mounts(instruction, values_[index]);
      if (instruction.name != "ENV") continue;
      for (const auto& [name, value] : raw_key_values(instruction, file_.escape).pairs)
        values_[index][name] = read(value, values_[index]).text;
    }
    return all_of(std::move(used), std::move(own));
  }

  // One that is only named here is told where it is defined.
  void read_arguments(const Instruction& instruction, Values& values,
                      std::map<std::string, OutlineArgument>& own, std::set<std::string>& used) {
    for (const std::string& word : raw_words(instruction.rest, file_.escape)) {
      const std::size_t equals = word.find('=');
      const std::string name = word.substr(0, equals);
      used.insert(name);
      const auto given = world_.arguments.find(name);
      const bool is_given = given != world_.arguments.end() && given->second;
      const auto global = globals_.find(name);
      if (is_given)
        values[name] = *given->second;
      else if (equals != std::string::npos)
        values[name] = read(word.substr(equals + 1), values).text;
      else if (global != globals_.end())
        values[name] = global->second;
      if (!is_given && equals == std::string::npos && global != globals_.end()) continue;
      own[name] = define(instruction, name).argument;
      if (const auto value = values.find(name); value != values.end())
        own[name].value = value->second;
    }
  }

  void read_mounts(const Instruction& instruction, const Values& values) {
    constexpr std::string_view kMount = "--mount=";
    Environment environment;
    for (const std::string& flag : instruction.flags) {
      if (!flag.starts_with(kMount)) continue;
      if (environment.empty())
        for (const auto& [name, value] : values) environment.push_back(name + "=" + value);
      budget_.spend(environment.size());
      const RunMount mount =
          parse_run_mount(flag.substr(kMount.size()), environment, file_.escape, "/");
      if (mount.kind == RunMount::Kind::secret) add(mount, instruction, outline_.secrets);
      if (mount.kind == RunMount::Kind::ssh) add(mount, instruction, outline_.agents);
    }
  }

  static void add(const RunMount& mount, const Instruction& instruction,
                  std::vector<OutlineMount>& to) {
    const std::string id = mount.id.empty() ? "default" : mount.id;
    for (const OutlineMount& known : to)
      if (known.id == id) return;
    to.push_back({id, mount.required, instruction.line, instruction.last_line});
  }

  /// With what those in front of the first stage are made of.
  std::vector<OutlineArgument> all_of(std::set<std::string> used,
                                      std::map<std::string, OutlineArgument> own) {
    std::vector<OutlineArgument> result;
    std::set<std::string> told;
    while (!used.empty()) {
      const std::string name = std::move(used.extract(used.begin()).value());
      if (!told.insert(name).second) continue;
      const auto defined = defined_.find(name);
      if (const auto found = own.find(name); found != own.end()) {
        result.push_back(std::move(found->second));
      } else if (defined != defined_.end()) {
        budget_.spend(1 + defined->second.needs.size());
        result.push_back(defined->second.argument);
        used.insert(defined->second.needs.begin(), defined->second.needs.end());
      }
    }
    return result;
  }

  const Dockerfile& file_;
  const StagePlan& plan_;
  const CheckWorld& world_;
  CheckBudget budget_;
  GlobalArguments globals_;
  std::map<std::string, Defined> defined_;  // in front of the first stage
  std::vector<Values> values_;              // behind each stage
  Outline outline_;
};

}  // namespace

std::string description_of(const Instruction& instruction, const std::string& name) {
  if (name.empty()) return {};
  for (const std::string& comment : instruction.comments)
    if (comment.starts_with(name + " ")) return comment.substr(name.size() + 1);
  return {};
}

Outline outline_of(const Dockerfile& file, const StagePlan& plan, std::size_t target,
                   const CheckWorld& world) {
  try {
    return Reader(file, plan, world).read_all(target);
  } catch (const CheckBudget::Spent&) {
    throw Error(Errc::invalid, "the Dockerfile has too many arguments");
  }
}

}  // namespace gantry::build
