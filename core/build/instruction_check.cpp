#include "core/build/instruction_check.hpp"

#include <algorithm>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/error.hpp"
#include "core/base/text.hpp"
#include "core/build/config_instruction.hpp"
#include "core/build/health_instruction.hpp"
#include "core/build/key_values.hpp"
#include "core/build/raw_words.hpp"

namespace gantry::build {
namespace {

enum class Arguments { some, one, files, stage, some_or_array };

const std::map<std::string, Arguments, std::less<>>& instructions() {
  static const std::map<std::string, Arguments, std::less<>> table{
      {"ADD", Arguments::files},
      {"ARG", Arguments::some},
      {"CMD", Arguments::some_or_array},
      {"COPY", Arguments::files},
      {"ENTRYPOINT", Arguments::some_or_array},
      {"ENV", Arguments::some},
      {"EXPOSE", Arguments::some},
      {"FROM", Arguments::stage},
      {"HEALTHCHECK", Arguments::some},
      {"LABEL", Arguments::some},
      {"MAINTAINER", Arguments::one},
      {"ONBUILD", Arguments::some},
      {"RUN", Arguments::some_or_array},
      {"SHELL", Arguments::some_or_array},
      {"STOPSIGNAL", Arguments::one},
      {"USER", Arguments::one},
      {"VOLUME", Arguments::some_or_array},
      {"WORKDIR", Arguments::one}};
  return table;
}

void check_files(const Instruction& instruction) {
  const auto array = find_json_array(instruction.rest);
  const std::size_t count = array ? array->size() : blank_separated(instruction.rest).size();
  if (count < 2)
    invalid(instruction.name +
            " requires at least two arguments, but only one was provided. Destination could not be "
            "determined");
}

void check_stage(const Instruction& instruction) {
  const auto words = blank_separated(instruction.rest);
  if (words.size() != 1 && !(words.size() == 3 && text::iequals(words[1], "as")))
    invalid("FROM requires either one or three arguments");
}

void check_trigger(const Instruction& instruction) {
  const std::string trigger = blank_separated(instruction.rest).front();
  if (text::iequals(trigger, "ONBUILD"))
    invalid("Chaining ONBUILD via `ONBUILD ONBUILD` isn't allowed");
  for (const char* name : {"FROM", "MAINTAINER"})
    if (text::iequals(trigger, name))
      invalid(std::string(name) + " isn't allowed as an ONBUILD trigger");
}

const std::vector<std::string_view>& known_flags(const std::string& name) {
  static const std::map<std::string, std::vector<std::string_view>, std::less<>> table{
      {"ADD", {"chown", "chmod", "exclude", "link", "checksum", "keep-git-dir", "unpack"}},
      {"COPY", {"from", "chown", "chmod", "exclude", "link", "parents"}},
      {"FROM", {"platform"}},
      {"RUN", {"mount", "network", "security", "device"}}};
  static const std::vector<std::string_view> none;
  const auto found = table.find(name);
  return found == table.end() ? none : found->second;
}

void check_flags(const Instruction& instruction) {
  const auto& known = known_flags(instruction.name);
  for (const std::string& flag : instruction.flags) {
    const std::string name = flag.substr(2, flag.find('=') - 2);
    if (std::find(known.begin(), known.end(), name) == known.end())
      invalid("unknown flag: --" + name);
  }
}

void check_array(const Instruction& instruction) {
  const auto array = find_json_array(instruction.rest);
  if (instruction.name == "SHELL" && !array)
    invalid("SHELL requires the arguments to be in JSON form");
  if (!array) return;
  // Docker's classic builder runs the image's own command then.
  if (array->empty() && instruction.name != "RUN")
    invalid(instruction.name + " requires at least one argument");
  if (instruction.name == "VOLUME" && std::find(array->begin(), array->end(), "") != array->end())
    invalid("VOLUME specified can not be an empty string");
}

void check_form(const Instruction& instruction, char escape) {
  const std::string& name = instruction.name;
  if (name == "ENV" || name == "LABEL") check_key_values(instruction, escape);
  if (name == "SHELL" || name == "VOLUME" || name == "RUN") check_array(instruction);
  if (name == "ONBUILD") check_trigger(instruction);
  if (name != "ARG") return;
  for (const std::string& word : raw_words(instruction.rest, escape))
    if (word.starts_with('=')) invalid("ARG names can not be blank");
}

}  // namespace

void check_instruction(const Instruction& instruction, char escape) {
  const auto found = instructions().find(instruction.name);
  if (found == instructions().end()) invalid("unknown instruction: " + instruction.name);
  // The flags of a health check have values to be looked at as well.
  if (instruction.name != "HEALTHCHECK")
    check_flags(instruction);
  else if (!instruction.rest.empty())
    health_json(instruction, escape);
  if (found->second == Arguments::files) return check_files(instruction);
  if (found->second == Arguments::stage) return check_stage(instruction);
  if (instruction.rest.empty())
    invalid(instruction.name + " requires " +
            (found->second == Arguments::one ? "exactly one argument" : "at least one argument"));
  // An array of anything but strings is a mistake, not a command for a shell.
  if (found->second == Arguments::some_or_array) find_json_array(instruction.rest);
  check_form(instruction, escape);
}

}  // namespace gantry::build
