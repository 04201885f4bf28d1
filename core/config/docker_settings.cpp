#include "core/config/docker_settings.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <map>
#include <vector>

#include "core/base/text.hpp"
#include "core/config/defaults.hpp"
#include "core/config/plugin_settings.hpp"
#include "core/config/setting_fault.hpp"
#include "core/config/value_checks.hpp"
#include "core/json/reader.hpp"
#include "core/json/writer.hpp"

namespace gantry::config {
namespace {

using json::Node;

enum class Type { text, texts, table, boolean, number };

struct Same {
  const char* section;
  const char* key;
  Type type;
};

/// Settings that differ in their names only.
const std::map<std::string_view, Same>& same_settings() {
  static const std::map<std::string_view, Same> all = {
      {"cdi-spec-dirs", {"devices", "cdi_dirs", Type::texts}},
      {"cgroup-parent", {"containers", "cgroup_parent", Type::text}},
      {"default-cgroupns-mode", {"containers", "cgroupns_mode", Type::text}},
      {"default-ipc-mode", {"containers", "ipc_mode", Type::text}},
      {"dns", {"containers", "dns", Type::texts}},
      {"dns-opts", {"containers", "dns_options", Type::texts}},
      {"dns-search", {"containers", "dns_search", Type::texts}},
      {"group", {"daemon", "group", Type::text}},
      {"host-gateway-ips", {"network", "host_gateway_ips", Type::texts}},
      {"http-proxy", {"daemon", "http_proxy", Type::text}},
      {"https-proxy", {"daemon", "https_proxy", Type::text}},
      {"init", {"containers", "init", Type::boolean}},
      {"labels", {"daemon", "labels", Type::texts}},
      {"log-driver", {"logging", "driver", Type::text}},
      {"log-format", {"daemon", "log_format", Type::text}},
      {"log-opts", {"logging", "options", Type::table}},
      {"max-concurrent-downloads", {"daemon", "max_concurrent_downloads", Type::number}},
      {"max-concurrent-uploads", {"daemon", "max_concurrent_uploads", Type::number}},
      {"max-download-attempts", {"daemon", "max_download_attempts", Type::number}},
      {"mtu", {"network", "mtu", Type::number}},
      {"no-new-privileges", {"containers", "no_new_privileges", Type::boolean}},
      {"no-proxy", {"daemon", "no_proxy", Type::text}},
      {"seccomp-profile", {"containers", "seccomp_profile", Type::text}},
      {"tlscacert", {"daemon", "tls_ca", Type::text}},
      {"tlscert", {"daemon", "tls_cert", Type::text}},
      {"tlskey", {"daemon", "tls_key", Type::text}}};
  return all;
}

/// Why a setting is not carried over; those that are not listed have nothing like them.
const std::map<std::string_view, const char*>& reasons() {
  static const std::map<std::string_view, const char*> all = {
      {"bridge", "there is a bridge of the engine's own: network.bridge"},
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

using json::quote;

std::string list(const std::vector<std::string>& texts) {
  return json::Writer().strings(texts).take();
}
std::string table(const std::map<std::string, std::string>& texts) {
  return json_to_toml(json::Writer().string_map(texts).take());
}

/// For comments: whatever the file holds, it ends no line.
std::string shown(std::string_view text) {
  const bool plain =
      std::none_of(text.begin(), text.end(), [](unsigned char c) { return c < ' '; });
  return plain ? std::string(text) : quote(std::string(text));
}

/// dockerd takes these for "not set".
bool is_unset(const Node& value) {
  if (!value) return true;
  if (value.is_string()) return value.str().empty();
  if (value.is_array() || value.is_object()) return value.size() == 0;
  return value.is_number() && value.number() == 0;
}

/// Each once, and none that is empty.
std::vector<std::string> distinct(const std::vector<std::string>& texts) {
  std::vector<std::string> kept;
  for (const std::string& text : texts)
    if (!text.empty() && std::find(kept.begin(), kept.end(), text) == kept.end())
      kept.push_back(text);
  return kept;
}

std::string toml_value(const Node& value, Type type) {
  switch (type) {
    case Type::text:
      return quote(value.str());
    case Type::texts:
      return list(distinct(value.strings()));
    case Type::table:
      return table(value.string_map());
    case Type::boolean:
      return value.boolean() ? "true" : "false";
    case Type::number:
      break;
  }
  return std::to_string(value.i64());
}

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
    if (is_unset(value)) return;
    if (const auto same = same_settings().find(name); same != same_settings().end()) {
      const Same& setting = same->second;
      put(name, setting.section, setting.key, toml_value(value, setting.type));
    } else if (const auto other = others().find(name); other != others().end()) {
      (this->*other->second)(value);
    } else {
      const auto reason = reasons().find(name);
      leave(name, reason == reasons().end() ? "there is nothing like it" : reason->second);
    }
  }

  std::string finish() {
    if (!subnet6_.empty() && !ipv6_)
      leave("fixed-cidr-v6", "without ipv6 it has no meaning");
    else if (ipv6_)
      put("fixed-cidr-v6", "network", "subnet6", quote(subnet6_.empty() ? "auto" : subnet6_));
    if (!bridge_options_.empty())
      put("default-network-opts", "network", "options", table(bridge_options_));
    if (!default_options_.empty())
      put("icc, ip, ip-masq", "network", "bridge_options", table(default_options_));
    if (!verified_) sections_["daemon"].erase("tls_ca");
    if (tcp_ && verified_) check_certificates();
    if (tcp_ && !verified_) open_door();
    check_log_driver();
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
        {"debug", &Translation::debug},
        {"default-address-pools", &Translation::pools},
        {"default-network-opts", &Translation::network_options},
        {"default-shm-size", &Translation::shm_size},
        {"default-ulimits", &Translation::ulimits},
        {"fixed-cidr-v6", &Translation::subnet6},
        {"host-gateway-ip", &Translation::host_gateway},
        {"hosts", &Translation::hosts},
        {"icc", &Translation::icc},
        {"insecure-registries", &Translation::insecure_registries},
        {"ip", &Translation::ip},
        {"ip-masq", &Translation::ip_masq},
        {"ipv6", &Translation::ipv6},
        {"log-level", &Translation::log_level},
        {"proxies", &Translation::proxies},
        {"registry-mirrors", &Translation::mirrors},
        {"tls", &Translation::tls},
        {"tlsverify", &Translation::tls_verify}};
    return all;
  }

  /// What the engine would not take is left out.
  void put(std::string_view docker_name, const std::string& section, const std::string& key,
           std::string value) {
    if (const auto fault = find_fault("[" + section + "]\n" + key + " = " + value + "\n"))
      return leave(docker_name, *fault);
    sections_[section][key] = std::move(value);
  }
  void leave(std::string_view name, const std::string& reason) {
    notes_.push_back("left out: " + shown(name) + " (" + shown(reason) + ")");
  }

  /// dockerd's own check of this is in its newer releases: who wants it says so.
  void open_door() {
    notes_.emplace_back(
        "hosts: who reaches tcp:// is root on this host: no certificates of clients are asked for");
    if (said_tls_)
      put("tlsverify", "daemon", "tcp_clients", quote("any"));
    else
      notes_.emplace_back(
          "hosts: gantryd refuses this file until [daemon] has tcp_clients = \"any\", or tls_ca, "
          "tls_cert and tls_key");
  }
  /// dockerd looks for them in ~/.docker.
  void check_certificates() {
    for (const char* key : {"tls_ca", "tls_cert", "tls_key"})
      if (!sections_["daemon"].contains(key))
        notes_.push_back(std::string("hosts: gantryd refuses this file until [daemon] has ") + key);
  }

  /// The options go with their driver.
  void check_log_driver() {
    auto& logging = sections_["logging"];
    const auto driver = logging.find("driver");
    if (driver == logging.end()) return;
    std::vector<std::string> known = {"json-file", "local", "none"};
    for (const std::string& plugin : defaults({}).logging.plugins)
      known.push_back(plugin.substr(std::string_view("log-").size()));
    if (std::ranges::any_of(known, [&](const auto& name) { return quote(name) == driver->second; }))
      return;
    leave("log-driver", "there is no driver " + driver->second);
    if (logging.contains("options")) leave("log-opts", "they are for that driver");
    logging.clear();
  }

  void bip(const Node& value) {
    const std::string network = network_of(value.str());
    if (network.empty()) return leave("bip", "it is no IPv4 address with a prefix length");
    put("bip", "network", "subnet", quote(network));
    notes_.push_back("bip: the gateway is the first address of " + network);
  }
  void debug(const Node& value) {
    if (value.boolean()) put("debug", "daemon", "log_level", quote("debug"));
  }
  void log_level(const Node& value) {
    static const std::map<std::string, std::string> names = {
        {"trace", "debug"}, {"warning", "warn"}, {"fatal", "error"}, {"panic", "error"}};
    const std::string level = text::lower(value.str());
    if (sections_["daemon"].contains("log_level")) return;  // `debug`
    const auto name = names.find(level);
    put("log-level", "daemon", "log_level", quote(name == names.end() ? level : name->second));
  }
  void pools(const Node& value) {
    std::string pools;
    value.each_item([&](const Node& pool) {
      pools += (pools.empty() ? "{ base = " : ", { base = ") + quote(pool["base"].str()) +
               ", size = " + std::to_string(pool["size"].i64()) + " }";
    });
    put("default-address-pools", "network", "pools", "[" + pools + "]");
  }
  void network_options(const Node& value) {
    value.each_member([&](std::string_view driver, const Node& options) {
      const auto given = options.string_map();
      if (driver != "bridge")
        return leave("default-network-opts of " + std::string(driver), "bridge has some only");
      for (const auto& [name, option] : given) {
        if (name == "com.docker.network.bridge.name")
          leave(name, "it is for one network alone");
        else
          bridge_options_[name] = option;
      }
    });
  }
  void for_default(const std::string& option, std::string value) {
    default_options_["com.docker.network.bridge." + option] = std::move(value);
  }
  void icc(const Node& value) {
    if (!value.boolean()) for_default("enable_icc", "false");
  }
  void ip(const Node& value) { for_default("host_binding_ipv4", value.str()); }
  void ip_masq(const Node& value) {
    if (!value.boolean()) for_default("enable_ip_masquerade", "false");
  }
  void shm_size(const Node& value) {
    put("default-shm-size", "containers", "shm_size",
        quote(value.is_number() ? std::to_string(value.u64()) : value.str()));
  }
  void ulimits(const Node& value) {
    std::map<std::string, std::string> limits;
    value.each_member([&](std::string_view name, const Node& limit) {
      limits[limit["Name"].str(name)] =
          std::to_string(limit["Soft"].i64()) + ":" + std::to_string(limit["Hard"].i64());
    });
    put("default-ulimits", "containers", "ulimits", table(limits));
  }
  void subnet6(const Node& value) { subnet6_ = value.str(); }
  void ipv6(const Node& value) { ipv6_ = value.boolean(); }
  void host_gateway(const Node& value) {
    put("host-gateway-ip", "network", "host_gateway_ips", list({value.str()}));
  }
  static bool is_given(const std::string& host) { return host.starts_with("fd://"); }
  void hosts(const Node& value) {
    std::vector<std::string> kept, named = value.strings();
    // The service manager's sockets are served anyway. With other addresses beside them, the one of
    // our own socket unit is named, so that there is one without the unit as well.
    const bool only_given = std::all_of(named.begin(), named.end(), is_given);
    if (only_given && !named.empty()) return;
    for (std::string& host : named)
      if (is_given(host)) host = "unix:///run/gantry/docker.sock";
    for (const std::string& host : distinct(named)) {
      if (const auto fault = check_host(host)) {
        leave("hosts: " + host, *fault);
        continue;
      }
      kept.push_back(host);
      tcp_ = tcp_ || host.starts_with("tcp://");
    }
    if (!kept.empty()) put("hosts", "daemon", "hosts", list(kept));
  }
  void tls(const Node&) { said_tls_ = true; }
  void tls_verify(const Node& value) {
    said_tls_ = true;
    verified_ = value.boolean();
  }
  void proxies(const Node& value) {
    for (const auto& [name, proxy] : value.string_map())
      if (const auto same = same_settings().find(name); same != same_settings().end())
        put(name, same->second.section, same->second.key, quote(proxy));
  }
  void insecure_registries(const Node& value) {
    std::vector<std::string> registries;
    for (const std::string& registry : value.strings()) {
      const std::size_t scheme = registry.find("://");
      registries.push_back(scheme == std::string::npos ? registry : registry.substr(scheme + 3));
    }
    put("insecure-registries", "daemon", "insecure_registries", list(distinct(registries)));
  }
  void mirrors(const Node& value) {
    std::vector<std::string> urls = value.strings();
    for (std::string& url : urls)
      while (url.ends_with('/')) url.pop_back();
    put("registry-mirrors", "daemon", "registry_mirrors",
        "{ \"docker.io\" = " + list(distinct(urls)) + " }");
  }

  std::map<std::string, std::map<std::string, std::string>> sections_;
  std::map<std::string, std::string> bridge_options_, default_options_;
  std::vector<std::string> notes_;
  std::string subnet6_;
  bool ipv6_ = false, tcp_ = false, said_tls_ = false, verified_ = false;
};

}  // namespace

std::string from_docker(std::string_view daemon_json) {
  constexpr std::string_view kMark = "\xef\xbb\xbf";  // some editors' byte order mark
  if (daemon_json.starts_with(kMark)) daemon_json.remove_prefix(kMark.size());
  if (text::trim(daemon_json).empty()) return {};
  const json::Document document = json::Document::parse(std::string(daemon_json));
  Translation translation;
  document.root().each_member(
      [&](std::string_view name, const Node& value) { translation.take(name, value); });
  return translation.finish();
}

}  // namespace gantry::config
