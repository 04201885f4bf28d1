#include "core/config/defaults.hpp"

namespace gantry::config {

namespace {

std::string variable(const Sources& sources, const char* name) {
  if (!sources.environment) return {};
  return sources.environment(name).value_or("");
}

/// An XDG variable, or `fallback` below $HOME. A relative XDG path is to be ignored (basedir spec).
fs::path user_directory(const Sources& sources, const char* name, const char* fallback) {
  const std::string value = variable(sources, name);
  if (!value.empty() && value[0] == '/') return value;
  const std::string home = variable(sources, "HOME");
  return fs::path(home.empty() || home[0] != '/' ? "/" : home) / fallback;
}

fs::path user_run_directory(const Sources& sources) {
  const std::string value = variable(sources, "XDG_RUNTIME_DIR");
  if (!value.empty() && value[0] == '/') return value;
  return "/tmp/gantry-" + std::to_string(sources.uid);
}

}  // namespace

Config defaults(const Sources& sources) {
  Config config;
  if (sources.uid == 0) {
    config.daemon.root = "/var/lib/gantry";
    config.daemon.run_dir = "/run/gantry";
    config.daemon.group = "docker";
  } else {
    config.daemon.root = user_directory(sources, "XDG_DATA_HOME", ".local/share") / "gantry";
    config.daemon.run_dir = user_run_directory(sources) / "gantry";
  }
#if defined(__APPLE__)
  config.runtime.plugin = "runtime-apple";
#else
  config.runtime.plugin = "runtime-oci";
#endif
  config.network.plugin = "net-dns";
  config.network.bridge = "gantry0";
  // Docker's own local pools, so that addresses look familiar: /16 networks first, then /20.
  config.network.pools = {{"172.17.0.0/16", 16}, {"172.18.0.0/16", 16}, {"172.19.0.0/16", 16},
                          {"172.20.0.0/14", 16}, {"172.24.0.0/14", 16}, {"172.28.0.0/14", 16},
                          {"192.168.0.0/16", 20}};
  config.volume.plugins = {"volume-local", "volume-docker"};
  config.daemon.registry_certs = "/etc/docker/certs.d";
  config.logging.driver = "json-file";
  config.logging.plugins = {"log-syslog", "log-journald", "log-gelf", "log-fluentd"};
  config.devices.cdi_dirs = {"/etc/cdi", "/var/run/cdi"};
  for (const char* key : {"daemon.hosts",
                          "daemon.root",
                          "daemon.run_dir",
                          "daemon.log_level",
                          "daemon.log_format",
                          "daemon.group",
                          "daemon.insecure_registries",
                          "daemon.registry_mirrors",
                          "daemon.registry_certs",
                          "daemon.http_proxy",
                          "daemon.https_proxy",
                          "daemon.no_proxy",
                          "daemon.tls_ca",
                          "daemon.tls_cert",
                          "daemon.tls_key",
                          "daemon.tcp_clients",
                          "daemon.allow_host_binds",
                          "daemon.labels",
                          "daemon.max_concurrent_downloads",
                          "daemon.max_concurrent_uploads",
                          "daemon.max_download_attempts",
                          "runtime.plugin",
                          "network.plugin",
                          "network.bridge",
                          "network.subnet",
                          "network.subnet6",
                          "network.mtu",
                          "network.options",
                          "network.bridge_options",
                          "network.host_gateway_ips",
                          "network.pools",
                          "containers.init",
                          "containers.no_new_privileges",
                          "containers.ulimits",
                          "containers.shm_size",
                          "containers.cgroup_parent",
                          "containers.cgroupns_mode",
                          "containers.ipc_mode",
                          "containers.dns",
                          "containers.dns_options",
                          "containers.dns_search",
                          "containers.seccomp_profile",
                          "volume.plugins",
                          "logging.driver",
                          "logging.options",
                          "logging.plugins",
                          "devices.cdi_dirs",
                          "plugin.directories"})
    config.origins[key] = "default";
  return config;
}

fs::path default_file(const Sources& sources) {
  if (sources.uid == 0) return "/etc/gantry/gantry.toml";
  return user_directory(sources, "XDG_CONFIG_HOME", ".config") / "gantry/gantry.toml";
}

std::string docker_host(const Sources& sources) {
  if (sources.uid == 0) return "unix:///var/run/docker.sock";
  return "unix://" + (user_run_directory(sources) / "docker.sock").string();
}

}  // namespace gantry::config
