#include "core/main/options.hpp"

#include <functional>
#include <map>

#include "core/base/error.hpp"

namespace gantry::daemon {
namespace {

using Value = const std::string&;

[[noreturn]] void fail(const std::string& message) {
  throw Error(Errc::invalid, message + "\nSee 'gantryd --help'.");
}

log::Level to_level(Value text) {
  if (text == "debug") return log::Level::debug;
  if (text == "info") return log::Level::info;
  if (text == "warn" || text == "warning") return log::Level::warn;
  if (text == "error") return log::Level::error;
  fail("--log-level: \"" + text + "\" is none of debug, info, warn, error");
}

log::Format to_format(Value text) {
  if (text == "text") return log::Format::text;
  if (text == "json") return log::Format::json;
  fail("--log-format: \"" + text + "\" is none of text, json");
}

std::filesystem::path to_path(Value text) {
  if (text.empty()) fail("a path must not be empty");
  return std::filesystem::absolute(text);
}

}  // namespace

Options parse_options(const std::vector<std::string>& arguments) {
  Options options;
  const std::map<std::string, std::function<void(Value)>> with_value = {
      {"--config", [&](Value v) { options.config_file = to_path(v); }},
      {"-H", [&](Value v) { options.hosts.push_back(v); }},
      {"--host", [&](Value v) { options.hosts.push_back(v); }},
      {"--root", [&](Value v) { options.root = to_path(v); }},
      {"--run-dir", [&](Value v) { options.run_dir = to_path(v); }},
      {"--pidfile", [&](Value v) { options.pid_file = to_path(v); }},
      {"--plugin-dir", [&](Value v) { options.plugin_directories.push_back(to_path(v)); }},
      {"--log-level", [&](Value v) { options.log_level = to_level(v); }},
      {"--log-format", [&](Value v) { options.log_format = to_format(v); }},
  };
  const std::map<std::string, bool*> flags = {{"--check-config", &options.check_config},
                                              {"--version", &options.version},
                                              {"-v", &options.version},
                                              {"--help", &options.help},
                                              {"-h", &options.help}};
  for (size_t i = 0; i < arguments.size(); ++i) {
    const std::string& argument = arguments[i];
    const size_t equals = argument.starts_with("--") ? argument.find('=') : std::string::npos;
    const std::string name = argument.substr(0, equals);
    if (const auto flag = flags.find(name); flag != flags.end()) {
      if (equals != std::string::npos) fail(name + " takes no value");
      *flag->second = true;
      continue;
    }
    const auto option = with_value.find(name);
    if (option == with_value.end()) fail("unknown option: " + argument);
    if (equals != std::string::npos)
      option->second(argument.substr(equals + 1));
    else if (i + 1 < arguments.size())
      option->second(arguments[++i]);
    else
      fail(name + " needs a value");
  }
  return options;
}

std::string_view usage() {
  return R"(Usage: gantryd [OPTIONS]

A container engine with a Docker Engine API.

  --config FILE       configuration (default: /etc/gantry/gantry.toml when it is there)
  --check-config      check the configuration, print its faults with line and column, and end
  -H, --host URL      listen here, unix:///path/to.sock or tcp://host:port; may be given several
                      times
  --root DIR          what must survive a reboot (default: /var/lib/gantry)
  --run-dir DIR       sockets and what need not survive (default: /run/gantry)
  --pidfile FILE      write the process id here
  --plugin-dir DIR    look for plugins here before the installation's; may be given several times
  --log-level LEVEL   debug, info, warn or error (default: info)
  --log-format FORM   text or json (default: text)
  --version           print the version and end
  --help              print this and end

Environment: GANTRY_STATE_DIR is another root, with its run directory in it; GANTRY_DEBUG=1 is --log-level debug.
Signals: TERM and INT end the daemon, containers go on running; HUP reads log level and format anew.
)";
}

}  // namespace gantry::daemon
