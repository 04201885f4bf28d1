// gantryd: options, signals, and the life of the engine.
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "core/base/error.hpp"
#include "core/base/log.hpp"
#include "core/config/config.hpp"
#include "core/domain/log_config.hpp"
#include "core/main/build_info.hpp"
#include "core/main/container_defaults.hpp"
#include "core/main/engine.hpp"
#include "core/main/engine_facts.hpp"
#include "core/main/options.hpp"
#include "core/main/pid_file.hpp"
#include "core/main/process_setup.hpp"
#include "core/main/service_manager.hpp"
#include "core/main/tcp_listeners.hpp"

namespace gantry::daemon {
namespace {

/// What a check says of the setting that its message begins with, "network.options: …", at the
/// setting's place.
template <class Check>
void check_at_place(const config::Config& config, Check check) {
  try {
    check();
  } catch (const Error& error) {
    const std::string message = error.what();
    const auto origin = config.origins.find(message.substr(0, message.find(": ")));
    if (origin == config.origins.end()) throw;
    throw Error(error.code(), origin->second + ": " + message);
  }
}

config::Config load_config(const Options& options) {
  config::Sources sources = config::process_sources();
  sources.file = options.config_file;
  sources.hosts = options.hosts;
  auto& directories = sources.plugin_directories;
  directories.insert(directories.begin(), options.plugin_directories.begin(),
                     options.plugin_directories.end());
  config::Config config = config::load(sources);
  check_at_place(config, [&] { check_network_options(config.network); });
  check_at_place(config, [&] { container_defaults(config.containers); });
  check_at_place(config, [&] {
    domain::check_log_defaults({config.logging.driver, config.logging.options});
  });
  check_at_place(config, [&] { tls_context(config.daemon); });
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

/// A table of a plugin that is not enabled is no fault: the plugin may be enabled again. But its id
/// may be misspelt as well.
std::vector<std::string> unused_tables(const config::Config& config) {
  std::vector<std::string> enabled = {config.runtime.plugin, config.network.plugin};
  for (const auto* ids : {&config.volume.plugins, &config.logging.plugins})
    enabled.insert(enabled.end(), ids->begin(), ids->end());
  std::vector<std::string> unused;
  for (const auto& [id, settings] : config.plugins.settings)
    if (std::ranges::find(enabled, id) == enabled.end())
      unused.push_back("[plugins.\"" + id + "\"] has no effect: that plugin is not enabled");
  return unused;
}

/// SIGHUP: of the configuration only what is logged can change while the engine runs.
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
  for (const std::string& unused : unused_tables(config)) log::warn(unused);
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
    for (const std::string& unused : unused_tables(load_config(options)))
      std::printf("warning: %s\n", unused.c_str());
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
