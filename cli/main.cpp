// gantry: looks after the engine; containers are the docker CLI's business.
#include <cstdio>
#include <map>

#include "cli/command.hpp"
#include "core/base/error.hpp"
#include "core/base/log.hpp"

namespace gantry::cli {

namespace {

constexpr const char* kHelp = R"(Usage: gantry COMMAND [OPTIONS]

Looks after the Gantry engine. Containers are run with the docker CLI.

Commands:
  doctor        check this machine, and say how to mend what is wrong
  plugins       list the plugins that are found, and which are enabled
  config        show: print the effective configuration and where each value comes from;
                from-docker: print dockerd's daemon.json as a gantry.toml
  context       register the engine with the docker CLI as context "gantry"
  version       versions of this tool and of the engine

Options:
  --config FILE   read this file instead of the default gantry.toml
  -H, --host URL  where the engine listens (unix:///path), instead of the configured places
  -h, --help      this text; after a command, what it does

Exit codes: 0 all is well, 1 something is wrong, 2 wrong usage.
)";

struct Entry {
  int (*run)(const Arguments&);
  const char* help;
};

const std::map<std::string, Entry>& commands() {
  static const std::map<std::string, Entry> all = {
      {"config",
       {run_config,
        "Usage: gantry config show [--config FILE]\n"
        "       gantry config from-docker [FILE]\n\n"
        "show prints the effective configuration as TOML. Behind each value stands its origin:\n"
        "the default, a place in the file, the environment.\n\n"
        "from-docker prints dockerd's settings (/etc/docker/daemon.json) as a gantry.toml, and\n"
        "which of them have no counterpart.\n"}},
      {"context",
       {run_context,
        "Usage: gantry context [--use] [--config FILE] [-H URL]\n\n"
        "Registers the engine's socket with the docker CLI as context \"gantry\".\n\n"
        "Options:\n  --use   make it the current context as well\n"}},
      {"doctor",
       {run_doctor,
        "Usage: gantry doctor [--config FILE] [-H URL]\n\n"
        "Checks kernel, cgroups, OCI runtime, plugins, sockets and disk. Each line is ok,\n"
        "warn or FAIL; what is wrong comes with the way to mend it.\n"}},
      {"plugins",
       {run_plugins,
        "Usage: gantry plugins [--config FILE]\n\n"
        "Lists the plugin libraries in the configured directories: id, kind, version, whether\n"
        "it is enabled, file, and what is wrong with it.\n"}},
      {"version",
       {run_version, "Usage: gantry version [--config FILE] [-H URL]\n\nPrints versions.\n"}}};
  return all;
}

bool is_help(const std::string& argument) {
  return argument == "-h" || argument == "--help" || argument == "help";
}

int run(const Arguments& arguments) {
  if (arguments.empty()) throw Usage("no command given");
  if (is_help(arguments[0])) {
    std::fputs(kHelp, stdout);
    return 0;
  }
  const std::string name =
      arguments[0] == "--version" || arguments[0] == "-v" ? "version" : arguments[0];
  const auto command = commands().find(name);
  if (command == commands().end()) throw Usage("unknown command \"" + name + "\"");
  for (size_t i = 1; i < arguments.size(); ++i)
    if (is_help(arguments[i])) {
      std::fputs(command->second.help, stdout);
      return 0;
    }
  return command->second.run({arguments.begin() + 1, arguments.end()});
}

}  // namespace

}  // namespace gantry::cli

int main(int argc, char** argv) {
  // Loading plugins logs; a user of this tool wants results only.
  gantry::log::configure(gantry::log::Level::error, gantry::log::Format::text);
  try {
    return gantry::cli::run({argv + 1, argv + argc});
  } catch (const gantry::cli::Usage& e) {
    std::fprintf(stderr, "gantry: %s\nSee 'gantry --help'.\n", e.what());
    return 2;
  } catch (const std::exception& e) {
    std::fprintf(stderr, "gantry: %s\n", e.what());
    return 1;
  }
}
