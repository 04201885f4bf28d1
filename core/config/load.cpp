#include <algorithm>

#include "core/base/error.hpp"
#include "core/base/file.hpp"
#include "core/base/text.hpp"
#include "core/config/config.hpp"
#include "core/config/container_settings.hpp"
#include "core/config/defaults.hpp"
#include "core/config/plugin_settings.hpp"
#include "core/config/section.hpp"
#include "core/config/setting_fault.hpp"

namespace gantry::config {

namespace {

/// A key has one value.
void check_labels(Section& section, const std::vector<std::string>& labels) {
  std::map<std::string, std::string> first;
  for (const auto& label : labels)
    if (const auto [other, is_new] = first.emplace(label.substr(0, label.find('=')), label);
        !is_new)
      section.fault("labels", "\"" + other->second + "\" and \"" + label + "\" contradict");
}

void read_daemon(Section section, Config& config) {
  Daemon& daemon = config.daemon;
  daemon.default_hosts = !section.strings("hosts", daemon.hosts, check_host);
  if (!daemon.default_hosts && daemon.hosts.empty())
    section.fault("hosts", "must name at least one address");
  std::string path;
  if (section.string("root", path, check_absolute_path)) daemon.root = path;
  if (section.string("run_dir", path, check_absolute_path)) daemon.run_dir = path;
  section.string("group", daemon.group);
  section.choice("log_level", {"debug", "info", "warn", "error"},
                 [&](size_t i) { daemon.log_level = static_cast<log::Level>(i); });
  section.choice("log_format", {"text", "json"},
                 [&](size_t i) { daemon.log_format = static_cast<log::Format>(i); });
  section.strings("insecure_registries", daemon.insecure_registries, check_registry);
  section.lists("registry_mirrors", daemon.registry_mirrors, check_mirrored, check_mirror);
  if (section.string("registry_certs", path, check_absolute_path)) daemon.registry_certs = path;
  section.string("http_proxy", daemon.http_proxy, check_proxy);
  section.string("https_proxy", daemon.https_proxy, check_proxy);
  section.string("no_proxy", daemon.no_proxy);
  const auto check_file = [](const std::string& text) {
    return text.empty() ? Fault() : check_absolute_path(text);
  };
  if (section.string("tls_ca", path, check_file)) daemon.tls_ca = path;
  if (section.string("tls_cert", path, check_file)) daemon.tls_cert = path;
  if (section.string("tls_key", path, check_file)) daemon.tls_key = path;
  section.choice("tcp_clients", {"verified", "any"},
                 [&](size_t i) { daemon.any_tcp_client = i == 1; });
  section.strings("allow_host_binds", daemon.allow_host_binds, check_absolute_path);
  section.strings("labels", daemon.labels, check_label);
  check_labels(section, daemon.labels);
  section.number("max_concurrent_downloads", daemon.max_concurrent_downloads, 1, 64);
  section.number("max_concurrent_uploads", daemon.max_concurrent_uploads, 1, 64);
  section.number("max_download_attempts", daemon.max_download_attempts, 1, 64);
  section.finish();
}

void check_families(Section& section, const std::vector<std::string>& addresses) {
  const auto v6 = std::ranges::count_if(
      addresses, [](const std::string& address) { return address.find(':') != address.npos; });
  const auto v4 = static_cast<std::ptrdiff_t>(addresses.size()) - v6;
  if (v4 > 1 || v6 > 1)
    section.fault("host_gateway_ips", "must hold at most one address of each family");
}

void read_network(Section section, Network& network) {
  section.string("plugin", network.plugin, check_plugin_id);
  section.string("bridge", network.bridge, check_interface);
  section.string("subnet", network.subnet, [](const std::string& text) {
    return text.empty() ? Fault() : check_ipv4_prefix(text);  // "": the first free one of the pools
  });
  section.string("subnet6", network.subnet6, [](const std::string& text) {
    if (text.empty() || text == "auto") return Fault();
    return text.find(':') == std::string::npos ? Fault("must be an IPv6 network, \"auto\" or \"\"")
                                               : check_ip_prefix(text);
  });
  section.number("mtu", network.mtu, 576, 65535);
  section.string_table("options", network.options);
  section.string_table("bridge_options", network.bridge_options);
  section.strings("host_gateway_ips", network.host_gateway_ips, check_ip_address);
  check_families(section, network.host_gateway_ips);
  std::vector<AddressPool> pools;
  const bool given = section.tables("pools", [&](Section& table) {
    AddressPool pool;
    const bool has_base = table.string("base", pool.base, check_ip_prefix);
    const bool ipv6 = pool.base.find(':') != std::string::npos;
    const bool has_size = table.number("size", pool.size, 1, ipv6 ? 126 : 30);
    for (const char* key : {"base", "size"})
      if (!table.has(key)) table.fault(key, "is missing");
    if (has_base && has_size && pool.size < prefix_length(pool.base))
      table.fault("size", "the subnets (/" + std::to_string(pool.size) +
                              ") are larger than the pool " + pool.base);
    pools.push_back(pool);
  });
  if (given) network.pools = std::move(pools);
  if (network.pools.empty()) section.fault("pools", "must hold at least one pool");
  section.finish();
}

/// Directories of the file come before the built-in ones, which stay: the engine's own plugins are
/// there.
void read_plugin_directories(Section section, const Sources& sources, Plugins& plugins) {
  std::vector<std::string> given;
  section.strings("directories", given, check_absolute_path);
  section.finish();
  for (const auto& directory : given) plugins.directories.emplace_back(directory);
  for (const auto& directory : sources.plugin_directories)
    if (std::find(plugins.directories.begin(), plugins.directories.end(), directory) ==
        plugins.directories.end())
      plugins.directories.push_back(directory);
}

void read_file(const toml::table& table, Reading& reading, const Sources& sources, Config& config) {
  Section root(reading, &table, "");
  read_daemon(root.section("daemon"), config);
  Section runtime = root.section("runtime");
  runtime.string("plugin", config.runtime.plugin, check_plugin_id);
  runtime.finish();
  read_network(root.section("network"), config.network);
  read_containers(root.section("containers"), config.containers);
  Section volume = root.section("volume");
  volume.strings("plugins", config.volume.plugins, check_plugin_id);
  volume.finish();
  Section logging = root.section("logging");
  logging.string("driver", config.logging.driver);
  logging.string_table("options", config.logging.options);
  logging.strings("plugins", config.logging.plugins, check_plugin_id);
  logging.finish();
  Section devices = root.section("devices");
  devices.strings("cdi_dirs", config.devices.cdi_dirs, check_absolute_path);
  devices.finish();
  read_plugin_directories(root.section("plugin"), sources, config.plugins);
  root.section("plugins").each_table([&](const std::string& id, const toml::table& settings) {
    if (const auto fault = check_plugin_id(id))
      reading.fault(settings.source(), "plugins.\"" + id + "\": " + *fault);
    config.plugins.settings[id] = to_json(reading, settings);
  });
  root.finish();
}

/// The new name wins over the alias of the tool this engine replaces.
std::optional<std::string> find_variable(const Sources& sources, const std::string& name,
                                         std::string& found) {
  if (!sources.environment) return std::nullopt;
  for (const std::string& candidate : {"GANTRY_" + name, "APPLE_DOCKER_" + name}) {
    auto value = sources.environment(candidate);
    if (!value || value->empty()) continue;
    found = "environment " + candidate;
    return value;
  }
  return std::nullopt;
}

void apply_environment(const Sources& sources, Reading& reading, Config& config) {
  std::string name;
  if (const auto directory = find_variable(sources, "STATE_DIR", name)) {
    if (const auto fault = check_absolute_path(*directory)) {
      reading.faults.in(name, *fault);
    } else {
      config.daemon.root = *directory;
      reading.origins["daemon.root"] = name;
      // An engine of its own: its sockets must not meet those of the engine at the default place.
      if (!reading.origins.contains("daemon.run_dir")) {
        config.daemon.run_dir = config.daemon.root / "run";
        reading.origins["daemon.run_dir"] = name;
      }
    }
  }
  if (const auto debug = find_variable(sources, "DEBUG", name)) {
    const std::string word = text::lower(*debug);
    if (word != "0" && word != "false" && word != "no" && word != "off") {
      config.daemon.log_level = log::Level::debug;
      reading.origins["daemon.log_level"] = name;
    }
  }
}

void apply_command_line(const Sources& sources, Reading& reading, Config& config) {
  if (sources.hosts.empty()) return;
  for (const auto& host : sources.hosts)
    if (const auto fault = check_host(host)) reading.faults.in("-H " + host, *fault);
  config.daemon.hosts = sources.hosts;
  config.daemon.default_hosts = false;
  reading.origins["daemon.hosts"] = "command line";
}

/// A fault of `subject` at the place of one of these settings that is given.
void fault_at(Reading& reading, std::initializer_list<const char*> keys, const std::string& subject,
              const char* what) {
  std::string place;
  for (const char* key : keys)
    if (const auto origin = reading.origins.find(key); origin != reading.origins.end())
      place = origin->second + ": ";
  reading.faults.in(place + subject, what);
}

/// Whoever speaks to the engine is root on its host.
void check_tcp_hosts(const Daemon& daemon, Reading& reading) {
  const auto tcp = std::find_if(daemon.hosts.begin(), daemon.hosts.end(),
                                [](const auto& host) { return host.starts_with("tcp://"); });
  if (daemon.tls_cert.empty() != daemon.tls_key.empty())
    fault_at(reading, {"daemon.tls_cert", "daemon.tls_key"}, "daemon.tls_cert",
             "goes with daemon.tls_key: both or neither");
  else if (daemon.tls_cert.empty() && !daemon.tls_ca.empty())
    fault_at(reading, {"daemon.tls_ca"}, "daemon.tls_ca",
             "needs daemon.tls_cert and daemon.tls_key");
  else if (tcp != daemon.hosts.end() && daemon.tls_ca.empty() && !daemon.any_tcp_client)
    fault_at(reading, {"daemon.hosts"}, *tcp,
             "needs daemon.tls_ca, tls_cert and tls_key, so that only clients with a "
             "certificate get in: whoever does is root on this host "
             "(daemon.tcp_clients = \"any\" lets everybody in)");
}

void choose_hosts(const Sources& sources, const fs::path& default_run_dir, Reading& reading,
                  Config& config) {
  Daemon& daemon = config.daemon;
  daemon.root = daemon.root.lexically_normal();
  daemon.run_dir = daemon.run_dir.lexically_normal();
  if (!daemon.default_hosts) return;
  const std::string host = "unix://" + (daemon.run_dir / "docker.sock").string();
  if (const auto fault = check_host(host)) reading.faults.in("daemon.run_dir", *fault);
  daemon.hosts = {host};
  if (daemon.run_dir == default_run_dir) daemon.docker_host = docker_host(sources);
}

}  // namespace

const std::string& Daemon::local_host() const {
  const auto found = std::find_if(hosts.begin(), hosts.end(),
                                  [](const auto& host) { return host.starts_with("unix://"); });
  if (found == hosts.end()) throw Error(Errc::invalid, "daemon.hosts has no unix:// address");
  return *found;
}

std::optional<std::string> find_fault(const std::string& toml) {
  const Sources nothing;
  Config config = defaults(nothing);
  Reading reading;
  try {
    read_file(toml::parse(toml), reading, nothing, config);
    reading.faults.throw_if_any();
  } catch (const toml::parse_error& e) {
    return std::string(e.description());
  } catch (const Error& e) {
    const std::string first = std::string(e.what()).substr(0, std::string(e.what()).find('\n'));
    return first.substr(first.find(": ") + 2);  // the place
  }
  return std::nullopt;
}

Config load(const Sources& sources) {
  Config config = defaults(sources);
  const fs::path default_run_dir = config.daemon.run_dir;
  Reading reading;
  const fs::path file = sources.file ? *sources.file : default_file(sources);
  const auto content = sources.file ? file::read(file) : file::find(file);
  toml::table table;
  if (content) {
    config.file = file;
    reading.file = file.string();
    try {
      table = toml::parse(*content, reading.file);
    } catch (const toml::parse_error& e) {
      reading.fault(e.source(), std::string(e.description()));
      reading.faults.throw_if_any();
    }
  }
  read_file(table, reading, sources, config);
  apply_environment(sources, reading, config);
  apply_command_line(sources, reading, config);
  choose_hosts(sources, default_run_dir, reading, config);
  check_tcp_hosts(config.daemon, reading);
  reading.faults.throw_if_any();
  for (auto& [key, origin] : reading.origins) config.origins[key] = origin;
  return config;
}

}  // namespace gantry::config
