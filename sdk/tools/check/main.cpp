// gantry-plugin-check: loads a plugin library as the engine does and runs the conformance suite of
// its kind. Exit code: 0 all passed, 1 something failed or crashed, 2 wrong usage.
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <gantry/cpp/json.hpp>
#include <optional>
#include <string>

#include "check/child.hpp"
#include "conformance/report.hpp"
#include "conformance/subject.hpp"
#include "conformance/suites.hpp"

namespace {

constexpr const char* kUsage =
    R"(usage: gantry-plugin-check [options] PLUGIN.so

Loads the plugin as the engine does and runs the conformance suite of its kind.

options:
  --id ID            check only this plugin of a library that carries several
  --config JSON      what [plugins."id"] of gantry.toml would hold
  --option KEY=VALUE volume drivers: an option for each created volume (repeatable);
                     log drivers: an option of each container;
                     name services: dns_port=N when its configuration has them listen there
  --driver NAME      volume plugins that serve drivers of other names: check this one of them
  --peer STATE       log drivers: who is at the other end reads what comes (reads, the default),
                     is not there (absent), or is there and never reads (stuck)
  --layer FILE.tar   runtimes: a root filesystem with /bin/sh, /bin/cat and /bin/sleep
  --timeout SECONDS  how long each case may take (60); 0: without end, for a debugger
  -v, --verbose      times, and all that the plugin logs
  -h, --help         this text
)";

int wrong_usage(const std::string& what) {
  std::fprintf(stderr, "gantry-plugin-check: %s\n%s", what.c_str(), kUsage);
  return 2;
}

bool is_json_object(const std::string& text) {
  try {
    const gantry::sdk::Object object(text);
    return true;
  } catch (const std::exception&) {
    return false;
  }
}

/// Gives -1 when the arguments are good, else the exit code.
int parse(int argc, char** argv, conformance::Settings& settings) {
  for (int i = 1; i < argc; ++i) {
    const std::string arg = argv[i];
    if (arg == "-h" || arg == "--help") {
      std::fputs(kUsage, stdout);
      return 0;
    }
    if (arg == "-v" || arg == "--verbose") {
      settings.verbose = true;
    } else if (arg == "--id" || arg == "--config" || arg == "--layer" || arg == "--option" ||
               arg == "--driver" || arg == "--peer" || arg == "--timeout") {
      if (++i == argc) return wrong_usage(arg + " needs a value");
      const std::string value = argv[i];
      if (arg == "--id") settings.id = value;
      if (arg == "--config") {
        if (!is_json_object(value)) return wrong_usage("--config is no JSON object: " + value);
        settings.config = value;
      }
      if (arg == "--timeout") {
        constexpr unsigned long kMost = 1'000'000;
        char* end = nullptr;
        const unsigned long seconds = std::strtoul(value.c_str(), &end, 10);
        if (value.empty() || value[0] < '0' || value[0] > '9' || *end != '\0' || seconds > kMost)
          return wrong_usage("--timeout is a number of seconds");
        settings.timeout = std::chrono::seconds(seconds);
      }
      if (arg == "--layer") settings.layer = value;
      if (arg == "--driver") settings.driver = value;
      if (arg == "--peer") {
        if (value != "reads" && value != "absent" && value != "stuck")
          return wrong_usage("--peer is reads, absent or stuck");
        settings.peer = value;
      }
      if (arg == "--option") {
        const auto equals = value.find('=');
        if (equals == std::string::npos) return wrong_usage("--option needs KEY=VALUE");
        settings.options[value.substr(0, equals)] = value.substr(equals + 1);
      }
    } else if (arg.size() > 1 && arg[0] == '-') {
      return wrong_usage("unknown option " + arg);
    } else if (!settings.file.empty()) {
      return wrong_usage("more than one plugin");
    } else {
      settings.file = arg;
    }
  }
  return settings.file.empty() ? wrong_usage("no plugin given") : -1;
}

int run_suites(const conformance::Settings& settings) {
  conformance::Report report(settings.verbose, settings.timeout);
  bool found = false;
  // An absolute path: dlopen searches the system's directories for a bare name.
  const std::string file = std::filesystem::absolute(settings.file).string();
  std::printf("%s\n", file.c_str());
  std::optional<conformance::Library> library;
  report.run("the library loads and describes its plugins", [&] { library.emplace(file); });
  if (library) {
    for (const auto& described : library->plugins) {
      if (!settings.id.empty() && described.id != settings.id) continue;
      found = true;
      std::printf("\n%s %s (%s): %s\n", described.id.c_str(), described.version.c_str(),
                  described.kind.c_str(), described.description.c_str());
      conformance::Subject subject(*library, described, settings);
      conformance::run_all(subject, report);
    }
    if (!found)
      report.run("the plugin is in the library", [&] {
        throw conformance::Failure("it carries no plugin \"" + settings.id + "\"");
      });
  }
  report.summary();
  return report.failed() == 0 ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  conformance::Settings settings;
  try {
    const int code = parse(argc, argv, settings);
    return code >= 0 ? code : check::run_in_child([&] { return run_suites(settings); });
  } catch (const std::exception& e) {
    std::fprintf(stderr, "gantry-plugin-check: %s\n", e.what());
    return 1;
  }
}
