#include "core/config/config.hpp"
#include "core/config/container_settings.hpp"
#include "core/config/plugin_settings.hpp"
#include "core/json/writer.hpp"

namespace gantry::config {

namespace {

std::string quoted(const std::string& text) { return json::quote(text); }

std::string array(const std::vector<std::string>& values) {
  return json::Writer().strings(values).take();
}

template <class Value>
std::string inline_table(const std::map<std::string, Value>& values,
                         std::string (*written)(const Value&)) {
  std::string text;
  for (const auto& [name, value] : values)
    text += (text.empty() ? " " : ", ") + quoted(name) + " = " + written(value);
  return "{" + text + (text.empty() ? "}" : " }");
}

class Printer {
 public:
  explicit Printer(const Config& config) : config_(config) {}

  void section(const std::string& name) {
    out_ += (out_.empty() ? "[" : "\n[") + name + "]\n";
    section_ = name;
  }
  void line(const std::string& key, const std::string& value) {
    const auto origin = config_.origins.find(section_ + "." + key);
    out_ += key + " = " + value;
    if (origin != config_.origins.end()) out_ += "  # " + origin->second;
    out_ += '\n';
  }
  void comment(const std::string& text) { out_ += "# " + text + "\n"; }
  std::string take() { return std::move(out_); }

 private:
  const Config& config_;
  std::string out_, section_;
};

const char* truth(bool value) { return value ? "true" : "false"; }

const char* word(log::Level level) {
  constexpr const char* kWords[] = {"debug", "info", "warn", "error"};
  return kWords[static_cast<size_t>(level)];
}

void show_containers(Printer& out, const Containers& containers) {
  out.section("containers");
  out.line("init", truth(containers.init));
  out.line("no_new_privileges", truth(containers.no_new_privileges));
  std::map<std::string, std::string> limits;
  for (const auto& [name, limit] : containers.ulimits) limits[name] = to_text(limit);
  out.line("ulimits", inline_table(limits, quoted));
  out.line("shm_size", quoted(size_text(containers.shm_size)));
  out.line("cgroup_parent", quoted(containers.cgroup_parent));
  out.line("cgroupns_mode", quoted(containers.cgroupns_mode));
  out.line("ipc_mode", quoted(containers.ipc_mode));
  out.line("dns", array(containers.dns));
  out.line("dns_options", array(containers.dns_options));
  out.line("dns_search", array(containers.dns_search));
  out.line("seccomp_profile", quoted(containers.seccomp_profile));
}

}  // namespace

std::string to_toml(const Config& config) {
  Printer out(config);
  const Daemon& daemon = config.daemon;
  out.section("daemon");
  // Defaults are shown but not fixed: with `hosts` written out, Docker's own address would be left
  // out.
  if (daemon.default_hosts) {
    out.comment("hosts = " + array(daemon.hosts) + "  # default");
    if (!daemon.docker_host.empty())
      out.comment("       and " + daemon.docker_host + " where nothing live is there");
  } else {
    out.line("hosts", array(daemon.hosts));
  }
  out.line("root", quoted(daemon.root.string()));
  out.line("run_dir", quoted(daemon.run_dir.string()));
  out.line("group", quoted(daemon.group));
  out.line("log_level", quoted(word(daemon.log_level)));
  out.line("log_format", quoted(daemon.log_format == log::Format::json ? "json" : "text"));
  out.line("insecure_registries", array(daemon.insecure_registries));
  out.line("registry_mirrors", inline_table(daemon.registry_mirrors, array));
  out.line("registry_certs", quoted(daemon.registry_certs.string()));
  out.line("http_proxy", quoted(daemon.http_proxy));
  out.line("https_proxy", quoted(daemon.https_proxy));
  out.line("no_proxy", quoted(daemon.no_proxy));
  out.line("tls_ca", quoted(daemon.tls_ca.string()));
  out.line("tls_cert", quoted(daemon.tls_cert.string()));
  out.line("tls_key", quoted(daemon.tls_key.string()));
  out.line("tcp_clients", quoted(daemon.any_tcp_client ? "any" : "verified"));
  out.line("allow_host_binds", array(daemon.allow_host_binds));
  out.line("labels", array(daemon.labels));
  out.line("max_concurrent_downloads", std::to_string(daemon.max_concurrent_downloads));
  out.line("max_concurrent_uploads", std::to_string(daemon.max_concurrent_uploads));
  out.line("max_download_attempts", std::to_string(daemon.max_download_attempts));

  out.section("runtime");
  out.line("plugin", quoted(config.runtime.plugin));

  out.section("network");
  out.line("plugin", quoted(config.network.plugin));
  out.line("bridge", quoted(config.network.bridge));
  out.line("subnet", quoted(config.network.subnet));
  out.line("subnet6", quoted(config.network.subnet6));
  out.line("mtu", std::to_string(config.network.mtu));
  out.line("options", inline_table(config.network.options, quoted));
  out.line("bridge_options", inline_table(config.network.bridge_options, quoted));
  out.line("host_gateway_ips", array(config.network.host_gateway_ips));
  std::string pools;
  for (const auto& pool : config.network.pools)
    pools += (pools.empty() ? "{ base = " : ", { base = ") + quoted(pool.base) +
             ", size = " + std::to_string(pool.size) + " }";
  out.line("pools", "[" + pools + "]");

  show_containers(out, config.containers);

  out.section("volume");
  out.line("plugins", array(config.volume.plugins));

  out.section("logging");
  out.line("driver", quoted(config.logging.driver));
  out.line("options", inline_table(config.logging.options, quoted));
  out.line("plugins", array(config.logging.plugins));

  out.section("devices");
  out.line("cdi_dirs", array(config.devices.cdi_dirs));

  out.section("plugin");
  std::vector<std::string> directories;
  for (const auto& directory : config.plugins.directories)
    directories.push_back(directory.string());
  out.line("directories", array(directories));

  if (!config.plugins.settings.empty()) {
    out.section("plugins");
    for (const auto& [id, json] : config.plugins.settings) out.line(id, json_to_toml(json));
  }
  return out.take();
}

}  // namespace gantry::config
