#include "core/build/config_instruction.hpp"

#include <algorithm>
#include <map>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "core/base/error.hpp"
#include "core/base/text.hpp"
#include "core/build/exposed_ports.hpp"
#include "core/build/health_instruction.hpp"
#include "core/build/image_path.hpp"
#include "core/build/instruction_check.hpp"
#include "core/build/instruction_flags.hpp"
#include "core/build/instruction_reader.hpp"
#include "core/build/key_values.hpp"
#include "core/build/raw_words.hpp"
#include "core/domain/container_request.hpp"

namespace gantry::build {
namespace {

// Far more than a kernel takes with one program; instructions that repeat each other get there.
// Each instruction goes through all of it.
constexpr std::size_t kMaxListed = 2u << 20;
constexpr std::size_t kMaxEntries = 10'000;

/// One instruction at work.
struct Call {
  const Instruction& instruction;
  const Environment& variables;
  ConfigState& state;
  images::ImageDefaults& defaults;

  const std::string& rest() const { return instruction.rest; }
  std::string word(std::string_view text) const {
    return dockerfile_word(text, variables, state.escape);
  }
  std::vector<std::string> words() const {
    return dockerfile_words(rest(), variables, state.escape);
  }
  KeyValues pairs() const { return key_values(instruction, variables, state.escape); }
};

// ["a" "b c"]
std::string quoted(const std::vector<std::string>& list) {
  std::vector<std::string> words;
  for (const std::string& word : list) {
    std::string& out = words.emplace_back("\"");
    for (const char c : word) {
      if (c == '"' || c == '\\') out += '\\';
      if (c == '\n')
        out += "\\n";
      else if (c == '\t')
        out += "\\t";
      else
        out += c;
    }
    out += '"';
  }
  return "[" + text::join(words, " ") + "]";
}

std::string listed(const KeyValues& pairs) {
  std::vector<std::string> words;
  for (const auto& [key, value] : pairs) words.push_back(key + "=" + value);
  return text::join(words, " ");
}

// Each function gives what its words came to, as history tells it.

std::string set_command(const Call& call) {
  call.defaults.cmd = command_of(call.defaults, call.rest());
  call.state.has_command = true;
  return quoted(*call.defaults.cmd);
}

std::string set_entrypoint(const Call& call) {
  call.defaults.entrypoint = command_of(call.defaults, call.rest());
  if (call.defaults.entrypoint->empty()) call.defaults.entrypoint.reset();
  // What was the command would be the new entry point's arguments.
  if (!call.state.has_command) call.defaults.cmd.reset();
  return quoted(call.defaults.entrypoint.value_or(std::vector<std::string>()));
}

// A variable keeps its place when it changes.
std::string set_env(const Call& call) {
  std::vector<std::string>& env = call.defaults.env;
  std::unordered_map<std::string, std::size_t> places;
  for (std::size_t i = 0; i < env.size(); ++i)
    places.emplace(env[i].substr(0, env[i].find('=')), i);
  const KeyValues pairs = call.pairs();
  for (const auto& [key, value] : pairs) {
    const auto [place, added] = places.emplace(key, env.size());
    if (added) env.emplace_back();
    env[place->second] = key + "=" + value;
  }
  return listed(pairs);
}

std::string set_labels(const Call& call) {
  const KeyValues pairs = call.pairs();
  for (const auto& [key, value] : pairs) call.defaults.labels[key] = value;
  return listed(pairs);
}

// A variable may hold several.
std::string expose(const Call& call) {
  std::vector<std::string> ports = blank_separated(text::join(call.words(), " "));
  std::vector<std::string>& exposed = call.defaults.exposed_ports;
  add_exposed_ports(ports, exposed);
  // Their order makes no difference, neither in the image nor to the cache.
  std::sort(exposed.begin(), exposed.end());
  std::sort(ports.begin(), ports.end());
  return text::join(ports, " ");
}

std::string set_health(const Call& call) {
  call.defaults.healthcheck_json = health_json(call.instruction, call.state.escape);
  return text::join(call.instruction.flags, " ") + (call.instruction.flags.empty() ? "" : " ") +
         call.rest();
}

// The trigger is read again when it runs: with its here-documents behind it.
std::string add_trigger(const Call& call) {
  std::string trigger = call.rest();
  for (const Heredoc& heredoc : call.instruction.heredocs)
    trigger += "\n" + heredoc.content + heredoc.name;
  call.defaults.on_build.push_back(trigger);
  return trigger;
}

std::string set_shell(const Call& call) {
  auto shell = find_json_array(call.rest());
  if (!shell) invalid("SHELL requires the arguments to be in JSON form");
  if (shell->empty()) invalid("SHELL requires at least one argument");
  call.defaults.shell = std::move(*shell);
  return "[" + text::join(call.defaults.shell, " ") + "]";
}

std::string set_stop_signal(const Call& call) {
  const std::string signal = call.word(call.rest());
  if (!domain::parse_signal(signal)) invalid("invalid signal: " + signal);
  call.defaults.stop_signal = signal;
  return signal;
}

std::string set_user(const Call& call) { return call.defaults.user = call.word(call.rest()); }

std::vector<std::string> volume_paths(const Call& call) {
  const auto array = find_json_array(call.rest());
  if (!array) return call.words();
  std::vector<std::string> paths;
  std::size_t size = 0;
  for (const std::string& path : *array) {
    paths.push_back(call.word(path));
    size += paths.back().size();
    if (size > kMaxListed) invalid("variables expand to more than 2 MiB");
  }
  return paths;
}

std::string add_volumes(const Call& call) {
  std::vector<std::string>& volumes = call.defaults.volumes;
  std::unordered_set<std::string> known(volumes.begin(), volumes.end());
  const std::vector<std::string> paths = volume_paths(call);
  for (const std::string& path : paths) {
    const std::string volume(text::trim(path));
    if (volume.empty()) invalid("VOLUME specified can not be an empty string");
    if (known.insert(volume).second) volumes.push_back(volume);
  }
  return "[" + text::join(paths, " ") + "]";
}

std::string set_workdir(const Call& call) {
  const std::string path = call.word(call.rest());
  if (path.empty()) invalid("cannot normalize nothing");
  return call.defaults.working_dir = image_path(path, call.defaults.working_dir);
}

using Change = std::string (*)(const Call&);

const std::map<std::string, Change, std::less<>>& changes_by_name() {
  static const std::map<std::string, Change, std::less<>> table{
      {"CMD", set_command},     {"ENTRYPOINT", set_entrypoint},
      {"ENV", set_env},         {"EXPOSE", expose},
      {"LABEL", set_labels},    {"HEALTHCHECK", set_health},
      {"ONBUILD", add_trigger}, {"SHELL", set_shell},
      {"USER", set_user},       {"STOPSIGNAL", set_stop_signal},
      {"VOLUME", add_volumes},  {"WORKDIR", set_workdir}};
  return table;
}

// Exposed ports are limited by what ports there are.
void check_size(const images::ImageDefaults& defaults) {
  std::size_t count = defaults.labels.size();
  std::size_t size = 0;
  for (const auto* list : {&defaults.env, &defaults.on_build, &defaults.volumes}) {
    count += list->size();
    for (const std::string& entry : *list) size += entry.size();
  }
  for (const auto& [key, value] : defaults.labels) size += key.size() + value.size();
  if (size > kMaxListed) invalid("the image's configuration is larger than 2 MiB");
  if (count > kMaxEntries) invalid("the image's configuration has more than 10000 entries");
}

void apply_change(const std::string& change, ConfigState& state, images::ImageDefaults& defaults) {
  InstructionReader reader(change);
  while (const auto instruction = reader.next()) {
    if (!is_config_instruction(instruction->name))
      invalid(text::lower(instruction->name) + " is not a valid change command");
    check_instruction(*instruction, reader.escape());
    state.escape = reader.escape();
    const Environment variables = defaults.env;
    apply_instruction(*instruction, variables, state, defaults);
  }
}

}  // namespace

bool is_config_instruction(const std::string& name) { return changes_by_name().contains(name); }

std::string apply_instruction(const Instruction& instruction, const Environment& variables,
                              ConfigState& state, images::ImageDefaults& defaults) {
  const auto change = changes_by_name().find(instruction.name);
  if (change == changes_by_name().end())
    invalid(instruction.name + " does not change a configuration");
  if (instruction.name != "HEALTHCHECK") flag_values(instruction.flags, {});
  const std::string told = change->second({instruction, variables, state, defaults});
  check_size(defaults);
  return instruction.name + " " + told;
}

void apply_changes(const std::vector<std::string>& changes, images::ImageDefaults& defaults) {
  ConfigState state;
  for (const std::string& change : changes) apply_change(change, state, defaults);
}

std::vector<std::string> command_of(const images::ImageDefaults& defaults, std::string_view rest) {
  if (auto array = find_json_array(rest)) return std::move(*array);
  std::vector<std::string> command = defaults.shell;
  if (command.empty()) command = {"/bin/sh", "-c"};
  command.emplace_back(rest);
  return command;
}

}  // namespace gantry::build
