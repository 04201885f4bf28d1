#include "core/build/health_instruction.hpp"

#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/error.hpp"
#include "core/base/text.hpp"
#include "core/build/config_instruction.hpp"
#include "core/build/instruction_flags.hpp"
#include "core/build/raw_words.hpp"
#include "core/domain/time_filter.hpp"
#include "core/json/writer.hpp"

namespace gantry::build {
namespace {

// 0 is the engine's default, as is a flag that is not there.
void write_duration(json::Writer& out, const char* member, const std::string& flag,
                    const std::string& value) {
  const auto nanos = domain::parse_go_duration(value);
  if (!nanos) invalid("time: invalid duration \"" + value + "\"");
  if (*nanos != 0 && *nanos < 1'000'000)
    invalid("Interval \"" + flag + "\" cannot be less than 1ms");
  if (*nanos != 0) out.field(member, *nanos);
}

void write_retries(json::Writer& out, const std::string& value) {
  const auto retries = text::to_int(value);
  if (!retries) invalid("strconv.ParseInt: parsing \"" + value + "\": invalid syntax");
  if (*retries > INT32_MAX)
    invalid("strconv.ParseInt: parsing \"" + value + "\": value out of range");
  if (*retries < 0) invalid("--retries cannot be negative (" + value + ")");
  if (*retries > 0) out.field("Retries", *retries);
}

void write_flags(json::Writer& out, const FlagValues& flags) {
  static constexpr std::pair<const char*, const char*> kDurations[] = {
      {"interval", "Interval"},
      {"timeout", "Timeout"},
      {"start-period", "StartPeriod"},
      {"start-interval", "StartInterval"}};
  for (const auto& [flag, member] : kDurations)
    if (const auto found = flags.find(flag); found != flags.end() && !found->second.empty())
      write_duration(out, member, flag, found->second);
  if (const auto found = flags.find("retries"); found != flags.end() && !found->second.empty())
    write_retries(out, found->second);
}

std::vector<std::string> test_of(std::string_view command) {
  std::vector<std::string> test{"CMD-SHELL", std::string(command)};
  if (auto array = find_json_array(command)) {
    test = std::move(*array);
    test.insert(test.begin(), "CMD");
  }
  if (command.empty() || test.size() == 1) invalid("Missing command after HEALTHCHECK CMD");
  return test;
}

}  // namespace

std::string health_json(const Instruction& instruction, char escape) {
  const FlagValues flags =
      flag_values(instruction.flags,
                  {"interval", "timeout", "start-period", "start-interval", "retries"}, escape);
  const std::string_view rest = instruction.rest;
  const std::string_view kind = rest.substr(0, rest.find_first_of(kBlanks));
  const std::string_view command = trim_left(rest.substr(kind.size()));
  json::Writer out;
  out.begin_object();
  if (text::iequals(kind, "NONE")) {
    if (!command.empty()) invalid("HEALTHCHECK NONE takes no arguments");
    return out.field("Test", std::vector<std::string>{"NONE"}).end_object().take();
  }
  if (!text::iequals(kind, "CMD"))
    invalid("Unknown type \"" + std::string(kind) + "\" in HEALTHCHECK (try CMD)");
  write_flags(out, flags);
  return out.field("Test", test_of(command)).end_object().take();
}

}  // namespace gantry::build
