#include "core/config/docker_settings.hpp"

#include <arpa/inet.h>

#include <map>
#include <vector>

#include "core/base/text.hpp"
#include "core/config/plugin_settings.hpp"
#include "core/json/reader.hpp"
#include "core/json/writer.hpp"

namespace gantry::config {
namespace {

using json::Node;

struct Same {
  const char* section;
  const char* key;
};

/// Settings that differ in their names only.
const std::map<std::string_view, Same>& same_settings() {
  static const std::map<std::string_view, Same> all = {
      {"cdi-spec-dirs", {"devices", "cdi_dirs"}},
      {"cgroup-parent", {"containers", "cgroup_parent"}},
      {"default-address-pools", {"network", "pools"}},
      {"default-cgroupns-mode", {"containers", "cgroupns_mode"}},
      {"default-ipc-mode", {"containers", "ipc_mode"}},
      {"dns", {"containers", "dns"}},
      {"dns-opts", {"containers", "dns_options"}},
      {"dns-search", {"containers", "dns_search"}},
      {"group", {"daemon", "group"}},
      {"host-gateway-ips", {"network", "host_gateway_ips"}},
      {"http-proxy", {"daemon", "http_proxy"}},
      {"https-proxy", {"daemon", "https_proxy"}},
      {"init", {"containers", "init"}},
      {"insecure-registries", {"daemon", "insecure_registries"}},
      {"labels", {"daemon", "labels"}},
      {"log-driver", {"logging", "driver"}},
      {"log-format", {"daemon", "log_format"}},
      {"log-opts", {"logging", "options"}},
      {"max-concurrent-downloads", {"daemon", "max_concurrent_downloads"}},
      {"max-concurrent-uploads", {"daemon", "max_concurrent_uploads"}},
      {"max-download-attempts", {"daemon", "max_download_attempts"}},
      {"no-new-privileges", {"containers", "no_new_privileges"}},
      {"no-proxy", {"daemon", "no_proxy"}},
      {"tlscacert", {"daemon", "tls_ca"}},
      {"tlscert", {"daemon", "tls_cert"}},
      {"tlskey", {"daemon", "tls_key"}}};
  return all;
}

/// Why a setting is not carried over; those that are not listed have nothing like them.
const std::map<std::string_view, const char*>& reasons() {
  static const std::map<std::string_view, const char*> all = {
      {"builder", "caches of builds are pruned by `docker builder prune`"},
      {"data-root", "another engine's files are of no use here; see daemon.root"},
      {"exec-opts", "control groups are made without systemd"},
      {"graph", "another engine's files are of no use here; see daemon.root"},
      {"ip-forward", "networks turn forwarding on when they need it"},
      {"ip6tables", "rules are always made"},
      {"iptables", "rules are always made"},
      {"live-restore", "containers always outlive the daemon"},
      {"storage-driver", "there is one, overlay2"},
      {"userland-proxy", "ports are translated by the kernel"}};
  return all;
}

std::string quote(const std::string& text) { return json::Writer().str(text).take(); }

/// "10.1.2.3/24" as its network, "10.1.2.0/24"; empty when it is none.
std::string network_of(const std::string& text) {
  const std::size_t slash = text.find('/');
  if (slash == std::string::npos) return {};
  const auto bits = text::to_int(text.substr(slash + 1));
  in_addr address{};
  if (!bits || *bits < 1 || *bits > 32) return {};
  if (::inet_pton(AF_INET, text.substr(0, slash).c_str(), &address) != 1) return {};
  address.s_addr &= htonl(~std::uint32_t{0} << (32 - static_cast<unsigned>(*bits)));
  char shown[INET_ADDRSTRLEN] = "";
  ::inet_ntop(AF_INET, &address, shown, sizeof shown);
  return shown + text.substr(slash);
}

class Translation {
 public:
  void take(std::string_view name, const Node& value) {
    if (!value) return;
    if (const auto same = same_settings().find(name); same != same_settings().end()) {
      put(same->second.section, same->second.key, json_to_toml(value.raw()));
    } else if (const auto other = others().find(name); other != others().end()) {
      (this->*other->second)(value);
    } else {
      const auto reason = reasons().find(name);
      leave(name, reason == reasons().end() ? "there is nothing like it" : reason->second);
    }
  }

  std::string finish() {
    if (!verified_) sections_["daemon"].erase("tls_ca");
    if (tcp_ && !verified_) put("daemon", "tcp_clients", quote("any"));
    if (!bridge_options_.empty())
      put("network", "options", json_to_toml(json::Writer().string_map(bridge_options_).take()));
    std::string text;
    for (const std::string& note : notes_) text += "# " + note + "\n";
    for (const char* section : {"daemon", "containers", "network", "logging", "devices"}) {
      const auto keys = sections_.find(section);
      if (keys == sections_.end() || keys->second.empty()) continue;
      text += std::string(text.empty() ? "[" : "\n[") + section + "]\n";
      for (const auto& [key, value] : keys->second) text.append(key).append(" = " + value + "\n");
    }
    return text;
  }

 private:
  using Step = void (Translation::*)(const Node&);

  static const std::map<std::string_view, Step>& others() {
    static const std::map<std::string_view, Step> all = {
        {"bip", &Translation::bip},
        {"bridge", &Translation::bridge},
        {"debug", &Translation::debug},
        {"default-network-opts", &Translation::network_options},
        {"default-shm-size", &Translation::shm_size},
        {"default-ulimits", &Translation::ulimits},
        {"fixed-cidr-v6", &Translation::subnet6},
        {"host-gateway-ip", &Translation::host_gateway},
        {"hosts", &Translation::hosts},
        {"icc", &Translation::icc},
        {"ip", &Translation::ip},
        {"ip-masq", &Translation::ip_masq},
        {"ipv6", &Translation::ipv6},
        {"log-level", &Translation::log_level},
        {"mtu", &Translation::mtu},
        {"proxies", &Translation::proxies},
        {"registry-mirrors", &Translation::mirrors},
        {"seccomp-profile", &Translation::seccomp},
        {"tls", &Translation::tls},
        {"tlsverify", &Translation::tls_verify}};
    return all;
  }

  void put(const std::string& section, const std::string& key, std::string value) {
    sections_[section][key] = std::move(value);
  }
  void leave(std::string_view name, const std::string& reason) {
    notes_.push_back("left out: " + std::string(name) + " (" + reason + ")");
  }

  void bip(const Node& value) {
    const std::string network = network_of(value.str());
    if (network.empty()) return leave("bip", "it is no IPv4 address with a prefix length");
    put("network", "subnet", quote(network));
    notes_.push_back("bip: the gateway is the first address of " + network);
  }
  void bridge(const Node& value) {
    if (value.str() == "none") return leave("bridge", "there is always a default network");
    put("network", "bridge", quote(value.str()));
  }
  void debug(const Node& value) {
    if (value.boolean()) put("daemon", "log_level", quote("debug"));
  }
  void log_level(const Node& value) {
    const std::string level = value.str();
    if (sections_["daemon"].contains("log_level")) return;  // `debug`
    put("daemon", "log_level", quote(level == "fatal" ? "error" : level));
  }
  void network_options(const Node& value) {
    value.each_member([&](std::string_view driver, const Node& options) {
      if (driver != "bridge")
        return leave("default-network-opts of " + std::string(driver), "bridge has some only");
      for (const auto& [name, option] : options.string_map()) bridge_options_[name] = option;
    });
  }
  void icc(const Node& value) {
    bridge_options_["com.docker.network.bridge.enable_icc"] = value.boolean() ? "true" : "false";
  }
  void ip(const Node& value) {
    bridge_options_["com.docker.network.bridge.host_binding_ipv4"] = value.str();
  }
  void ip_masq(const Node& value) {
    bridge_options_["com.docker.network.bridge.enable_ip_masquerade"] =
        value.boolean() ? "true" : "false";
  }
  void shm_size(const Node& value) {
    put("containers", "shm_size",
        quote(value.is_number() ? std::to_string(value.u64()) : value.str()));
  }
  void ulimits(const Node& value) {
    std::map<std::string, std::string> limits;
    value.each_member([&](std::string_view name, const Node& limit) {
      limits[std::string(name)] =
          std::to_string(limit["Soft"].i64()) + ":" + std::to_string(limit["Hard"].i64());
    });
    put("containers", "ulimits", json_to_toml(json::Writer().string_map(limits).take()));
  }
  void subnet6(const Node& value) { put("network", "subnet6", quote(value.str())); }
  void ipv6(const Node& value) {
    if (value.boolean() && !sections_["network"].contains("subnet6"))
      put("network", "subnet6", quote("auto"));
  }
  void mtu(const Node& value) {
    if (value.i64() != 0) put("network", "mtu", std::to_string(value.i64()));
  }
  void host_gateway(const Node& value) {
    put("network", "host_gateway_ips", "[" + quote(value.str()) + "]");
  }
  void hosts(const Node& value) {
    std::vector<std::string> kept;
    for (const std::string& host : value.strings()) {
      if (host.starts_with("unix://") || host.starts_with("tcp://"))
        kept.push_back(host);
      else
        leave("hosts: " + host, "only unix:// and tcp:// are served");
      tcp_ = tcp_ || host.starts_with("tcp://");
    }
    if (!kept.empty()) put("daemon", "hosts", json::Writer().strings(kept).take());
  }
  void tls(const Node&) {}  // certificates say so
  void tls_verify(const Node& value) { verified_ = value.boolean(); }
  void proxies(const Node& value) {
    for (const auto& [name, proxy] : value.string_map())
      if (const auto same = same_settings().find(name); same != same_settings().end())
        put(same->second.section, same->second.key, quote(proxy));
  }
  void mirrors(const Node& value) {
    if (value.size() == 0) return;
    put("daemon", "registry_mirrors",
        "{ \"docker.io\" = " + json::Writer().strings(value.strings()).take() + " }");
  }
  void seccomp(const Node& value) {
    if (value.str() != "builtin") put("containers", "seccomp_profile", quote(value.str()));
  }

  std::map<std::string, std::map<std::string, std::string>> sections_;
  std::map<std::string, std::string> bridge_options_;
  std::vector<std::string> notes_;
  bool tcp_ = false, verified_ = false;
};

}  // namespace

std::string from_docker(const std::string& daemon_json) {
  const json::Document document = json::Document::parse(daemon_json);
  Translation translation;
  document.root().each_member(
      [&](std::string_view name, const Node& value) { translation.take(name, value); });
  return translation.finish();
}

}  // namespace gantry::config
