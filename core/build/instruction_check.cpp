#include "core/build/instruction_check.hpp"

#include <map>
#include <string>
#include <string_view>

#include "core/base/error.hpp"
#include "core/base/text.hpp"
#include "core/build/config_instruction.hpp"
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

[[noreturn]] void fail(const std::string& message) { throw Error(Errc::invalid, message); }

void check_files(const Instruction& instruction) {
  const auto array = find_json_array(instruction.rest);
  const std::size_t count = array ? array->size() : blank_separated(instruction.rest).size();
  if (count < 2)
    fail(instruction.name +
         " requires at least two arguments, but only one was provided. Destination could not be "
         "determined");
}

void check_stage(const Instruction& instruction) {
  const auto words = blank_separated(instruction.rest);
  if (words.size() != 1 && !(words.size() == 3 && text::iequals(words[1], "as")))
    fail("FROM requires either one or three arguments");
}

void check_trigger(const Instruction& instruction) {
  const std::string trigger = blank_separated(instruction.rest).front();
  if (text::iequals(trigger, "ONBUILD"))
    fail("Chaining ONBUILD via `ONBUILD ONBUILD` isn't allowed");
  for (const char* name : {"FROM", "MAINTAINER"})
    if (text::iequals(trigger, name))
      fail(std::string(name) + " isn't allowed as an ONBUILD trigger");
}

}  // namespace

void check_instruction(const Instruction& instruction) {
  const auto found = instructions().find(instruction.name);
  if (found == instructions().end()) fail("unknown instruction: " + instruction.name);
  if (found->second == Arguments::files) return check_files(instruction);
  if (found->second == Arguments::stage) return check_stage(instruction);
  if (instruction.rest.empty())
    fail(instruction.name + " requires " +
         (found->second == Arguments::one ? "exactly one argument" : "at least one argument"));
  // An array of anything but strings is a mistake, not a command for a shell.
  if (found->second == Arguments::some_or_array) find_json_array(instruction.rest);
  if (instruction.name == "ONBUILD") check_trigger(instruction);
}

}  // namespace gantry::build
