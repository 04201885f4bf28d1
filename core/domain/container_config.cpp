// Config: parsing, the merge with the image (behaviours.md 5.8) and the JSON of inspect.

#include "core/domain/container_config.hpp"

#include <algorithm>

#include "core/base/error.hpp"
#include "core/base/text.hpp"
#include "core/domain/container_request.hpp"
#include "core/domain/mount_request.hpp"
#include "core/json/writer.hpp"

namespace gantry::domain {
namespace {

constexpr size_t kLongestName = 64;

std::set<std::string> keys_of(const json::Node& node) {
  std::set<std::string> keys;
  node.each_member([&](std::string_view key, json::Node value) {
    if (value && !value.is_object()) value.fail("must be an object");
    keys.emplace(key);
  });
  return keys;
}

std::optional<std::vector<std::string>> find_strings(const json::Node& node) {
  if (!node) return std::nullopt;
  // The CLI of old sent a plain string for one-word commands; Docker's StrSlice still takes both.
  if (node.is_string()) return std::vector<std::string>{node.str()};
  return node.strings();
}

void check_health(const json::Node& health) {
  if (!health) return;
  constexpr std::int64_t kMillisecond = 1'000'000;
  for (const char* field : {"Interval", "Timeout", "StartPeriod", "StartInterval"})
    if (const std::int64_t value = health[field].i64(); value != 0 && value < kMillisecond)
      invalid(std::string(field) + " in Healthcheck cannot be less than 1ms");
  if (health["Retries"].i64() < 0) invalid("Retries in Healthcheck cannot be negative");
  const auto test = health["Test"].strings();
  if (!test.empty() && test.front() != "NONE" && test.front() != "CMD" &&
      test.front() != "CMD-SHELL" && !test.front().empty())
    invalid("Unknown healthcheck type " + test.front());
}

std::string_view name_of(std::string_view variable) {
  return variable.substr(0, variable.find('='));
}

void merge_environment(std::vector<std::string>& env, const std::vector<std::string>& image) {
  std::set<std::string, std::less<>> own;
  for (const std::string& variable : env) own.emplace(name_of(variable));
  for (const std::string& variable : image)
    if (!own.contains(name_of(variable))) env.push_back(variable);
}

/// The image's health check fills in what the client left out of its own.
void merge_health(std::string& health, const json::Node& image) {
  if (!image) return;
  if (health.empty()) {
    health = image.raw();
    return;
  }
  const auto own_document = json::Document::parse(health);
  const json::Node own = own_document.root();
  json::Writer out;
  out.begin_object();
  if (const auto test = own["Test"].strings(); !test.empty())
    out.field("Test", test);
  else if (const auto image_test = image["Test"].strings(); !image_test.empty())
    out.field("Test", image_test);
  for (const char* field : {"Interval", "Timeout", "StartPeriod", "StartInterval", "Retries"}) {
    const std::int64_t value = own[field].i64() != 0 ? own[field].i64() : image[field].i64();
    if (value != 0) out.field(field, value);
  }
  out.end_object();
  health = out.take();
}

void optional_strings(json::Writer& out, const char* key,
                      const std::optional<std::vector<std::string>>& values) {
  out.key(key);
  values ? out.strings(*values) : out.null();
}

void set_of_objects(json::Writer& out, const char* key, const std::set<std::string>& names) {
  out.key(key).begin_object();
  for (const std::string& name : names) out.key(name).begin_object().end_object();
  out.end_object();
}

}  // namespace

void check_environment(const std::vector<std::string>& env) {
  for (const std::string& variable : env)
    if (variable.empty() || variable.front() == '=' || variable.find('\0') != std::string::npos)
      invalid("invalid environment variable: " + variable);
}

Config read_config(const json::Node& body, int api_minor) {
  Config c;
  c.hostname = body["Hostname"].str();
  c.domainname = body["Domainname"].str();
  c.user = body["User"].str();
  c.attach_stdin = body["AttachStdin"].boolean();
  c.attach_stdout = body["AttachStdout"].boolean();
  c.attach_stderr = body["AttachStderr"].boolean();
  for (const std::string& port : keys_of(body["ExposedPorts"]))
    for (std::string& expanded : expand_port(port)) c.exposed_ports.insert(std::move(expanded));
  c.tty = body["Tty"].boolean();
  c.open_stdin = body["OpenStdin"].boolean();
  c.stdin_once = body["StdinOnce"].boolean();
  c.env = body["Env"].strings();
  c.cmd = find_strings(body["Cmd"]);
  c.entrypoint = find_strings(body["Entrypoint"]);
  if (const json::Node health = body["Healthcheck"]) c.healthcheck = health_json(health, api_minor);
  c.args_escaped = body["ArgsEscaped"].boolean();
  c.image = body["Image"].str();
  if (const json::Node volumes = body["Volumes"]) c.volumes = keys_of(volumes);
  c.working_dir = body["WorkingDir"].str();
  c.network_disabled = body["NetworkDisabled"].boolean();
  c.mac_address = body["MacAddress"].str();
  c.on_build = find_strings(body["OnBuild"]);
  c.labels = body["Labels"].string_map();
  c.stop_signal = body["StopSignal"].str();
  c.stop_timeout = body["StopTimeout"].find_i64();
  c.shell = body["Shell"].strings();
  return c;
}

Config parse_config(const json::Node& body, int api_minor) {
  Config c = read_config(body, api_minor);
  check_environment(c.env);
  check_health(body["Healthcheck"]);
  if (c.volumes)
    for (const std::string& path : *c.volumes)
      if (!path.starts_with("/") || path == "/")
        invalid("invalid volume specification: '" + path + "': invalid mount path: '" + path +
                "' mount path must be absolute and not the root");
  // Kernels have room for 64 bytes of either.
  if (c.hostname.size() > kLongestName) invalid("invalid hostname format: " + c.hostname);
  if (c.domainname.size() > kLongestName) invalid("invalid domainname format: " + c.domainname);
  if (!c.working_dir.empty() && c.working_dir.front() != '/')
    invalid("the working directory '" + c.working_dir +
            "' is invalid, it needs to be an absolute path");
  if (!c.working_dir.empty()) c.working_dir = clean_path(c.working_dir);
  if (!c.stop_signal.empty() && !parse_signal(c.stop_signal))
    invalid("invalid signal: " + c.stop_signal);
  return c;
}

std::string health_json(const json::Node& health, int api_minor) {
  json::Writer out;
  out.begin_object();
  if (const json::Node test = health["Test"]) out.field("Test", test.strings());
  for (const char* field : {"Interval", "Timeout", "StartPeriod", "StartInterval", "Retries"}) {
    if (std::string_view(field) == "StartInterval" && api_minor < 44) continue;
    if (const std::int64_t value = health[field].i64(); value != 0) out.field(field, value);
  }
  out.end_object();
  return out.take();
}

void merge_image_config(Config& c, const json::Node& image) {
  if (c.user.empty()) c.user = image["User"].str();
  for (const std::string& port : keys_of(image["ExposedPorts"])) {
    const auto expanded = expand_port(port);
    c.exposed_ports.insert(expanded.begin(), expanded.end());
  }
  merge_environment(c.env, image["Env"].strings());
  for (const auto& [name, value] : image["Labels"].string_map()) c.labels.emplace(name, value);
  // Entrypoint from the client drops the image's Cmd; [""] drops the image's entrypoint as well.
  if (!c.entrypoint || c.entrypoint->empty()) {
    if (!c.cmd || c.cmd->empty()) {
      if (auto cmd = find_strings(image["Cmd"])) c.cmd = std::move(cmd);
    }
    if (!c.entrypoint) c.entrypoint = find_strings(image["Entrypoint"]);
  } else if (c.entrypoint->size() == 1 && c.entrypoint->front().empty()) {
    c.entrypoint.reset();
  }
  merge_health(c.healthcheck, image["Healthcheck"]);
  const auto absolute = [](const std::string& path) {
    return path.empty() || path.starts_with("/") ? path : clean_path("/" + path);
  };
  if (c.working_dir.empty()) c.working_dir = absolute(image["WorkingDir"].str());
  for (const std::string& path : keys_of(image["Volumes"])) {
    if (!c.volumes) c.volumes.emplace();
    c.volumes->insert(absolute(path));
  }
  if (c.volumes && c.volumes->empty()) c.volumes.reset();
  if (c.stop_signal.empty()) c.stop_signal = image["StopSignal"].str();
  if (c.shell.empty()) c.shell = image["Shell"].strings();
  if (command_line(c).empty()) invalid("no command specified");
}

std::vector<std::string> command_line(const Config& c) {
  std::vector<std::string> argv = c.entrypoint.value_or(std::vector<std::string>{});
  if (c.cmd) argv.insert(argv.end(), c.cmd->begin(), c.cmd->end());
  return argv;
}

std::string to_json(const Config& c) {
  json::Writer out;
  out.begin_object();
  out.field("Hostname", c.hostname).field("Domainname", c.domainname).field("User", c.user);
  out.field("AttachStdin", c.attach_stdin).field("AttachStdout", c.attach_stdout);
  out.field("AttachStderr", c.attach_stderr);
  if (!c.exposed_ports.empty()) set_of_objects(out, "ExposedPorts", c.exposed_ports);
  out.field("Tty", c.tty).field("OpenStdin", c.open_stdin).field("StdinOnce", c.stdin_once);
  out.field("Env", c.env);
  optional_strings(out, "Cmd", c.cmd);
  if (!c.healthcheck.empty()) out.key("Healthcheck").raw(c.healthcheck);
  if (c.args_escaped) out.field("ArgsEscaped", true);
  out.field("Image", c.image);
  if (c.volumes)
    set_of_objects(out, "Volumes", *c.volumes);
  else
    out.key("Volumes").null();
  out.field("WorkingDir", c.working_dir);
  optional_strings(out, "Entrypoint", c.entrypoint);
  if (c.network_disabled) out.field("NetworkDisabled", true);
  if (!c.mac_address.empty()) out.field("MacAddress", c.mac_address);
  optional_strings(out, "OnBuild", c.on_build);
  out.field("Labels", c.labels);
  if (!c.stop_signal.empty()) out.field("StopSignal", c.stop_signal);
  if (c.stop_timeout) out.field("StopTimeout", *c.stop_timeout);
  if (!c.shell.empty()) out.field("Shell", c.shell);
  out.end_object();
  return out.take();
}

}  // namespace gantry::domain
