#include "core/build/config_instruction.hpp"

#include <algorithm>
#include <functional>
#include <map>
#include <optional>
#include <utility>

#include "core/base/error.hpp"
#include "core/base/text.hpp"
#include "core/build/dockerfile_words.hpp"
#include "core/domain/time_filter.hpp"
#include "core/json/reader.hpp"
#include "core/json/writer.hpp"

namespace gantry::build {
namespace {

[[noreturn]] void fail(const std::string& message) { throw Error(Errc::invalid, message); }

// A JSON array of strings, or nothing when the text is no such array (then it's the shell form).
std::optional<std::vector<std::string>> find_array(std::string_view rest) {
  if (rest.empty() || rest.front() != '[') return std::nullopt;
  try {
    const json::Document document =
        json::Document::parse(std::string(rest), {.bytes = 1u << 20, .depth = 4});
    if (!document.root().is_array()) return std::nullopt;
    return document.root().strings();
  } catch (const Error&) {
    return std::nullopt;
  }
}

std::vector<std::string> command(const images::ImageDefaults& d, std::string_view rest) {
  if (auto array = find_array(rest)) return *array;
  std::vector<std::string> shell = d.shell;
  if (shell.empty()) shell = {"/bin/sh", "-c"};
  shell.emplace_back(rest);
  return shell;
}

// "K=V K2=V2", or the old "K everything else".
std::vector<std::pair<std::string, std::string>> pairs(const images::ImageDefaults& d,
                                                       std::string_view rest,
                                                       const std::string& name) {
  std::vector<std::pair<std::string, std::string>> result;
  const std::size_t blank = rest.find_first_of(" \t");
  const std::size_t equals = rest.find('=');
  if (equals == std::string_view::npos || blank < equals) {
    if (blank == std::string_view::npos) fail(name + " must have two arguments");
    return {{dockerfile_word(rest.substr(0, blank), d.env),
             dockerfile_word(text::trim(rest.substr(blank)), d.env)}};
  }
  for (const std::string& word : dockerfile_words(rest, d.env)) {
    const std::size_t at = word.find('=');
    if (at == std::string::npos)
      fail("Syntax error - can't find = in \"" + word + "\". Must be of the form: name=value");
    if (at == 0) fail(name + " names can not be blank");
    result.emplace_back(word.substr(0, at), word.substr(at + 1));
  }
  return result;
}

void add_unique(std::vector<std::string>& list, const std::string& value) {
  if (std::find(list.begin(), list.end(), value) == list.end()) list.push_back(value);
}

void set_env(images::ImageDefaults& d, std::string_view rest) {
  for (const auto& [key, value] : pairs(d, rest, "ENV")) {
    std::erase_if(d.env, [&](const std::string& e) { return e.starts_with(key + "="); });
    d.env.push_back(key + "=" + value);
  }
}

void expose(images::ImageDefaults& d, std::string_view rest) {
  // A variable may hold several.
  const std::string ports = text::join(dockerfile_words(rest, d.env), " ");
  for (const std::string& port : dockerfile_words(ports, {})) {
    const std::size_t slash = port.find('/');
    const std::string protocol =
        slash == std::string::npos ? "tcp" : text::lower(port.substr(slash + 1));
    const std::string range = port.substr(0, slash);
    const std::size_t dash = range.find('-');
    const auto from = text::to_int(range.substr(0, dash));
    const auto to = dash == std::string::npos ? from : text::to_int(range.substr(dash + 1));
    const bool known = protocol == "tcp" || protocol == "udp" || protocol == "sctp";
    if (!from || !to || *from < 1 || *to > 65535 || *from > *to || !known)
      fail("invalid containerPort: " + port);
    for (auto n = *from; n <= *to; ++n)
      add_unique(d.exposed_ports, std::to_string(n) + "/" + protocol);
  }
}

/// "--interval=30s" and its like, into the members they stand for.
void health_option(json::Writer& out, std::string_view option) {
  const size_t equals = option.find('=');
  const std::string name(option.substr(0, equals));
  const std::string_view value =
      equals == std::string_view::npos ? std::string_view() : option.substr(equals + 1);
  if (name == "--retries") {
    const auto retries = text::to_int(value);
    if (!retries || *retries < 0)
      fail("--retries cannot be less than 0 (" + std::string(value) + ")");
    if (*retries > 0) out.field("Retries", *retries);
    return;
  }
  static constexpr std::pair<std::string_view, const char*> kDurations[] = {
      {"--interval", "Interval"},
      {"--timeout", "Timeout"},
      {"--start-period", "StartPeriod"},
      {"--start-interval", "StartInterval"}};
  for (const auto& [flag, member] : kDurations) {
    if (name != flag) continue;
    const auto nanos = domain::parse_go_duration(value);
    if (!nanos) fail("invalid duration \"" + std::string(value) + "\" for " + name);
    if (*nanos != 0 && *nanos < 1'000'000)
      fail("Interval \"" + std::string(value) + "\" cannot be less than 1ms");
    if (*nanos != 0) out.field(member, *nanos);
    return;
  }
  fail("unknown flag: " + name.substr(2));
}

void set_healthcheck(images::ImageDefaults& d, std::string_view rest) {
  json::Writer out;
  out.begin_object();
  while (rest.starts_with("--")) {
    const std::string_view option = rest.substr(0, rest.find_first_of(" \t"));
    health_option(out, option);
    rest = text::trim(rest.substr(option.size()));
  }
  const std::string_view kind = rest.substr(0, rest.find_first_of(" \t"));
  if (text::iequals(kind, "NONE")) {
    d.healthcheck_json = out.field("Test", std::vector<std::string>{"NONE"}).end_object().take();
    return;
  }
  if (!text::iequals(kind, "CMD"))
    fail("Unknown type \"" + std::string(kind) + "\" in HEALTHCHECK (try CMD)");
  const std::string_view tail = text::trim(rest.substr(kind.size()));
  if (tail.empty()) fail("Missing command after HEALTHCHECK CMD");
  std::vector<std::string> test{"CMD-SHELL", std::string(tail)};
  if (auto array = find_array(tail)) {
    test = *array;
    test.insert(test.begin(), "CMD");
  }
  d.healthcheck_json = out.field("Test", test).end_object().take();
}

void set_workdir(images::ImageDefaults& d, std::string_view rest) {
  const std::string path = dockerfile_word(rest, d.env);
  if (path.starts_with('/'))
    d.working_dir = path;
  else
    d.working_dir = (d.working_dir.empty() ? "/" : d.working_dir + "/") + path;
}

void add_volumes(images::ImageDefaults& d, std::string_view rest) {
  if (const auto array = find_array(rest)) {
    for (const std::string& path : *array) add_unique(d.volumes, dockerfile_word(path, d.env));
    return;
  }
  for (const std::string& path : dockerfile_words(rest, d.env)) add_unique(d.volumes, path);
}

using Change = std::function<void(images::ImageDefaults&, std::string_view)>;

const std::map<std::string, Change, std::less<>>& instructions() {
  static const std::map<std::string, Change, std::less<>> table{
      {"CMD", [](auto& d, auto rest) { d.cmd = command(d, rest); }},
      {"ENTRYPOINT", [](auto& d, auto rest) { d.entrypoint = command(d, rest); }},
      {"ENV", set_env},
      {"EXPOSE", expose},
      {"HEALTHCHECK", set_healthcheck},
      {"LABEL",
       [](auto& d, auto rest) {
         for (const auto& [key, value] : pairs(d, rest, "LABEL")) d.labels[key] = value;
       }},
      {"ONBUILD", [](auto& d, auto rest) { d.on_build.emplace_back(rest); }},
      {"STOPSIGNAL", [](auto& d, auto rest) { d.stop_signal = dockerfile_word(rest, d.env); }},
      {"USER", [](auto& d, auto rest) { d.user = dockerfile_word(rest, d.env); }},
      {"VOLUME", add_volumes},
      {"WORKDIR", set_workdir}};
  return table;
}

/// Its name, upper case.
std::string apply(const std::string& line, images::ImageDefaults& defaults) {
  const std::size_t end = line.find_first_of(" \t");
  std::string name = line.substr(0, end);
  std::transform(name.begin(), name.end(), name.begin(),
                 [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  const auto found = instructions().find(name);
  if (found == instructions().end()) fail(text::lower(name) + " is not a valid change command");
  const std::string_view rest = end == std::string::npos
                                    ? std::string_view()
                                    : text::trim(std::string_view(line).substr(end));
  if (rest.empty()) fail(name + " requires at least one argument");
  found->second(defaults, rest);
  return name;
}

}  // namespace

void apply_changes(const std::vector<std::string>& changes, images::ImageDefaults& defaults) {
  bool has_command = false;
  for (const std::string& change : changes)
    for (const std::string& line : dockerfile_lines(change)) {
      const std::string name = apply(line, defaults);
      has_command = has_command || name == "CMD";
      // What was the command would be the new entry point's arguments.
      if (name == "ENTRYPOINT" && !has_command) defaults.cmd.reset();
    }
}

}  // namespace gantry::build
