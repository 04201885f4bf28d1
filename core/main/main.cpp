// gantryd: options, signals, and the life of the engine.
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "core/base/error.hpp"
#include "core/base/log.hpp"
#include "core/config/config.hpp"
#include "core/main/build_info.hpp"
#include "core/main/container_defaults.hpp"
#include "core/main/engine.hpp"
#include "core/main/engine_facts.hpp"
#include "core/main/options.hpp"
#include "core/main/pid_file.hpp"
#include "core/main/process_setup.hpp"
#include "core/main/service_manager.hpp"

namespace gantry::daemon {
namespace {

config::Config load_config(const Options& options) {
  config::Sources sources = config::process_sources();
  sources.file = options.config_file;
  sources.hosts = options.hosts;
  auto& directories = sources.plugin_directories;
  directories.insert(directories.begin(), options.plugin_directories.begin(),
                     options.plugin_directories.end());
  config::Config config = config::load(sources);
  check_network_options(config.network);
  container_defaults(config.containers);  // throws
  if (options.root) config.daemon.root = *options.root;
  if (options.run_dir) {
    config.daemon.run_dir = *options.run_dir;
    if (config.daemon.default_hosts) {
      config.daemon.hosts = {"unix://" + (*options.run_dir / "docker.sock").string()};
      config.daemon.docker_host.clear();
    }
  }
  if (options.log_level) config.daemon.log_level = *options.log_level;
  if (options.log_format) config.daemon.log_format = *options.log_format;
  return config;
}

/// SIGHUP: of the configuration only the log level can change while the engine runs.
void reload(const Options& options) {
  try {
    const config::Config config = load_config(options);
    log::configure(config.daemon.log_level, config.daemon.log_format);
    log::info("configuration read again: log level and format");
  } catch (const Error& error) {
    log::error(std::string("configuration stays as it was: ") + error.what());
  }
}

int run(const Options& options) {
  std::vector<UniqueFd> given = take_given_sockets();
  const config::Config config = load_config(options);
  log::configure(config.daemon.log_level, config.daemon.log_format);
  export_proxies(config.daemon);
  // Blocked before the first thread: all inherit it, and this one takes them.
  const sigset_t signals = block_signals();
  auto engine = std::make_unique<Engine>(config, std::move(given));
  engine->listen();
  const PidFile pid_file(options.pid_file.value_or(std::filesystem::path()));
  notify_service_manager("READY=1");
  trim_memory();

  int signal = 0;
  while ((signal = wait_for_signal(signals)) == SIGHUP) reload(options);
  log::info(std::string(signal == SIGTERM ? "SIGTERM" : "SIGINT") +
            ": the daemon ends, containers go on running");
  notify_service_manager("STOPPING=1");
  if (!engine->stop()) {
    log::warn("a request is still being worked on: ending without waiting for it");
    if (options.pid_file) ::unlink(options.pid_file->c_str());
    ::_exit(0);
  }
  engine.reset();
  return 0;
}

int checked_main(const std::vector<std::string>& arguments) {
  const Options options = parse_options(arguments);
  if (options.help) {
    std::fputs(std::string(usage()).c_str(), stdout);
    return 0;
  }
  if (options.version) {
    const BuildInfo build = build_info();
    std::printf("gantryd %s%s%s\n", build.version, *build.commit != '\0' ? ", build " : "",
                build.commit);
    return 0;
  }
  if (options.check_config) {
    load_config(options);
    std::puts("configuration OK");
    return 0;
  }
  set_up_process();
  return run(options);
}

}  // namespace
}  // namespace gantry::daemon

int main(int argc, char** argv) {
  try {
    return gantry::daemon::checked_main({argv + 1, argv + argc});
  } catch (const std::exception& error) {
    // Plain text, whatever the log's format: someone has just typed the command.
    std::fprintf(stderr, "gantryd: %s\n", error.what());
    return 1;
  }
}
