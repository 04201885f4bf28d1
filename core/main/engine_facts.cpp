#include "core/main/engine_facts.hpp"

#include <cstdlib>
#include <filesystem>

#include "core/base/error.hpp"
#include "core/domain/bridge_options.hpp"
#include "core/main/build_info.hpp"
#include "core/main/container_defaults.hpp"
#include "core/main/process_setup.hpp"

namespace gantry::daemon {
namespace {

/// Docker reads both spellings.
std::string environment(const char* upper, const char* lower) {
  for (const char* name : {upper, lower})
    if (const char* value = std::getenv(name); value != nullptr && *value != '\0') return value;
  return {};
}

bool is_default(const config::Config& config, const char* key) {
  const auto origin = config.origins.find(key);
  return origin == config.origins.end() || origin->second == "default";
}

/// An init for HostConfig.Init where the runtime brings none; empty where none is installed.
std::string find_init() {
  for (const char* path :
       {"/usr/libexec/docker/docker-init", "/usr/bin/docker-init", "/usr/bin/tini-static",
        "/usr/bin/catatonit", "/usr/libexec/podman/catatonit"}) {
    std::error_code ec;
    if (std::filesystem::is_regular_file(path, ec)) return path;
  }
  return {};
}

/// Ways to the API that are not guarded.
std::vector<std::string> open_doors(const config::Daemon& daemon) {
  std::vector<std::string> warnings;
  constexpr std::string_view kTcp = "tcp://";
  for (const std::string& host : daemon.hosts) {
    if (!host.starts_with(kTcp) || !daemon.tls_ca.empty()) continue;
    const bool tls = !daemon.tls_cert.empty();
    warnings.push_back(std::string("WARNING: API is accessible on ") +
                       (tls ? "https://" : "http://") + host.substr(kTcp.size()) +
                       (tls ? " without TLS client verification" : " without encryption") +
                       ". Access to the remote API is equivalent to root access on the host.");
  }
  return warnings;
}

}  // namespace

services::EngineFacts engine_facts(const config::Config& config) {
  const BuildInfo build = build_info();
  services::EngineFacts facts;
  facts.version = version_for_clients();
  facts.git_commit = build.commit;
  facts.build_time = build.build_time;
  facts.compiler = build.compiler;
  facts.root = config.daemon.root;
  facts.log_driver = config.logging.driver;
  facts.labels = config.daemon.labels;
  facts.insecure_registries = config.daemon.insecure_registries;
  facts.registry_mirrors = config.daemon.registry_mirrors;
  facts.cdi_directories = config.devices.cdi_dirs;
  if (!is_default(config, "network.pools"))
    for (const config::AddressPool& pool : config.network.pools)
      facts.address_pools.emplace_back(pool.base, static_cast<int>(pool.size));
  facts.http_proxy = environment("HTTP_PROXY", "http_proxy");
  facts.https_proxy = environment("HTTPS_PROXY", "https_proxy");
  facts.no_proxy = environment("NO_PROXY", "no_proxy");
  facts.warnings = open_doors(config.daemon);
  facts.no_new_privileges = config.containers.no_new_privileges;
  facts.cgroupns_mode = config.containers.cgroupns_mode;
  if (!config.containers.seccomp_profile.empty()) {
    facts.seccomp_profile = config.containers.seccomp_profile;
    facts.warnings.emplace_back("WARNING: daemon is not using the default seccomp profile");
  }
  return facts;
}

void check_network_options(const config::Network& network) {
  const auto check = [](const char* key, const std::map<std::string, std::string>& options,
                        const char* why_not) {
    try {
      for (const char* name : {domain::kOptionBridge, domain::kOptionDefault})
        if (options.contains(name)) throw Error(Errc::invalid, std::string(name) + why_not);
      domain::parse_bridge_options(options);
    } catch (const Error& error) {
      throw Error(error.code(), std::string(key) + ": " + error.what());
    }
  };
  check("network.options", network.options, " is for one network alone");
  check("network.bridge_options", network.bridge_options,
        " is not set this way: network.bridge is");
}

services::NetworkSettings network_settings(const config::Config& config) {
  const config::Network& network = config.network;
  services::NetworkSettings settings;
  settings.default_bridge = network.bridge;
  settings.default_subnet = network.subnet;
  settings.default_subnet6 = network.subnet6;
  settings.mtu = network.mtu;
  settings.options = network.options;
  settings.default_options = network.bridge_options;
  settings.host_gateway_ips = network.host_gateway_ips;
  settings.dns = config.containers.dns;
  settings.dns_search = config.containers.dns_search;
  settings.dns_options = config.containers.dns_options;
  for (const config::AddressPool& pool : network.pools)
    settings.pools.push_back(pool.base + ":" + std::to_string(pool.size));
  return settings;
}

services::ContainerSettings container_settings(const config::Config& config,
                                               const services::HostFacts& host) {
  services::ContainerSettings settings;
  settings.root = config.daemon.root;
  settings.allow_host_binds = config.daemon.allow_host_binds;
  settings.cdi_directories = config.devices.cdi_dirs;
  settings.cgroup_v2 = host.cgroup_version == "2";
  settings.recursive_read_only = host.recursive_read_only;
  settings.mount_subpath = host.mount_subpath;
  settings.image_mounts = host.image_mounts;
  settings.root_size = host.root_size;
  settings.memory_nodes = host.memory_nodes;
  if (!host.runtime_name.empty()) settings.runtime_name = host.runtime_name;
  settings.init_binary = host.init_binary.empty() ? find_init() : host.init_binary;
  settings.apparmor_profile = host.apparmor_profile;
  settings.defaults = container_defaults(config.containers);
  if (settings.defaults.init && settings.init_binary.empty())
    throw Error(Errc::unsupported, "containers.init: no docker-init binary was found on this host");
  return settings;
}

pluginhost::HostOptions plugin_options(const config::Config& config) {
  pluginhost::HostOptions options;
  options.directories = config.plugins.directories;
  options.state_dir = config.daemon.root / "plugins";
  options.run_dir = config.daemon.run_dir / "plugins";
  options.configs = config.plugins.settings;
  options.log_plugins = config.logging.plugins;
  return options;
}

images::RegistryOptions registry_options(const config::Daemon& settings) {
  images::RegistryOptions options;
  options.insecure_hosts = settings.insecure_registries;
  for (const auto& [registry, urls] : settings.registry_mirrors)
    for (const std::string& url : urls)
      options.mirrors[registry].push_back(images::mirror_endpoint(url));
  options.certificates_dir = settings.registry_certs.string();
  options.user_agent = std::string("gantry/") + build_info().version;
  options.parallel_downloads = settings.max_concurrent_downloads;
  options.parallel_uploads = settings.max_concurrent_uploads;
  options.tries = settings.max_download_attempts;
  options.read_environment();
  return options;
}

http::ServerOptions server_options() {
  http::ServerOptions options;
  // Clients take the operating system of the containers from between the brackets.
  options.server_header = "Docker/" + version_for_clients() + " (linux)";
  options.on_quiet = trim_memory;
  return options;
}

}  // namespace gantry::daemon
