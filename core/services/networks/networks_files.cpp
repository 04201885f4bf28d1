// The documents from which the name service makes a container's /etc/hosts and /etc/resolv.conf.
#include "core/base/error.hpp"
#include "core/base/file.hpp"
#include "core/base/log.hpp"
#include "core/base/text.hpp"
#include "core/domain/endpoint_options.hpp"
#include "core/json/writer.hpp"
#include "core/services/networks/networks_impl.hpp"

namespace gantry::services {
namespace {

constexpr const char* kHosts = "/etc/hosts";
constexpr const char* kResolvConf = "/etc/resolv.conf";

/// What network mode means for the files.
std::string_view files_mode(const domain::ContainerRecord& record) {
  const std::string& mode = record.host_config.network_mode;
  if (record.config.network_disabled || mode == "none") return "none";
  if (mode == "host") return "host";
  return mode.starts_with("container:") ? "container" : "bridge";
}

std::vector<std::string> words_of(const std::string& text) {
  std::vector<std::string> words = text::split(text, ' ');
  std::erase(words, "");
  return words;
}

/// An entry may be several words of the file's line.
std::vector<std::string> own_or(const json::Node& own, const std::vector<std::string>& by_default) {
  std::vector<std::string> values;
  for (const std::string& entry : own.strings())
    for (std::string& word : words_of(entry)) values.push_back(std::move(word));
  return values.empty() ? by_default : values;
}

}  // namespace

std::vector<std::string> Networks::Impl::extra_hosts(const domain::ContainerRecord& record) {
  std::vector<std::string> hosts;
  const json::Document document = record.host_config.document();
  for (const std::string& entry : document.root()["ExtraHosts"].strings()) {
    // "name:ip"; newer clients also write "name=ip". An IPv6 address has more colons.
    const size_t at = entry.find_first_of(":=");
    if (at == std::string::npos) continue;
    const std::string ip(text::trim(std::string_view(entry).substr(at + 1)));
    const auto addresses = ip == "host-gateway" ? host_gateway_addresses() : std::vector{ip};
    for (const std::string& name : words_of(entry.substr(0, at)))
      for (const std::string& address : addresses) hosts.push_back(name + ":" + address);
  }
  return hosts;
}

std::vector<std::string> Networks::Impl::host_gateway_addresses() {
  if (!settings.host_gateway_ips.empty()) return settings.host_gateway_ips;
  const EntryPtr bridge = find("bridge");
  if (!bridge) return {};
  // The address is the host's as long as the bridge exists.
  ensure_up(*bridge);
  std::vector<std::string> addresses;
  for (const domain::IpamPool& pool : bridge->record->pools)
    if (!pool.gateway.empty()) addresses.push_back(pool.gateway);
  return addresses;
}

std::string Networks::host_gateway() const {
  if (!impl_->settings.host_gateway_ips.empty()) return impl_->settings.host_gateway_ips.front();
  const auto bridge = impl_->find("bridge");
  if (!bridge) return {};
  for (const domain::IpamPool& pool : bridge->record->pools)
    if (!pool.gateway.empty()) return pool.gateway;
  return {};
}

ContainerFiles Networks::Impl::files(const domain::ContainerRecord& record,
                                     const std::vector<std::string>& hosts, bool runs) {
  std::vector<std::string> extra = extra_hosts(record);
  extra.insert(extra.end(), hosts.begin(), hosts.end());
  const json::Document document = record.host_config.document();
  const json::Node hc = document.root();
  json::Writer w;
  w.begin_object()
      .field("id", record.id)
      .field("hostname", record.config.hostname)
      .field("domainname", record.config.domainname)
      .field("mode", files_mode(record))
      .field("extra_hosts", extra)
      .field("dns", own_or(hc["Dns"], settings.dns))
      .field("dns_search", own_or(hc["DnsSearch"], settings.dns_search))
      .field("dns_options", own_or(hc["DnsOptions"], settings.dns_options));
  w.key("endpoints").begin_array();
  for (const auto& [name, endpoint] : record.endpoints) {
    if (endpoint.interface_name.empty()) continue;
    w.begin_object()
        .field("network_id", endpoint.network_id)
        .field("address", endpoint.cidr())
        .field("ipv6", endpoint.cidr6())
        .end_object();
  }
  w.end_array()
      .field("host_hosts", file::find(settings.host_hosts).value_or(""))
      .field("host_resolv_conf", file::find(settings.host_resolv_conf).value_or(""))
      .field("inside_sockets", runtime.can_open_inside())
      .field("without_ipv6", domain::switches_ipv6_off(record));
  if (runs)
    w.field("current_hosts", settings.read_guest_file(record.id, kHosts))
        .field("current_resolv_conf", settings.read_guest_file(record.id, kResolvConf));
  w.end_object();
  return names.container_files(w.text());
}

void Networks::Impl::open_resolver(const domain::ContainerRecord& record,
                                   const ContainerFiles& files) {
  if (files.inside_address.empty()) return;
  runtime.open_inside(
      record.id, files.inside_address, files.inside_port,
      [&](const pluginhost::InsideSockets& sockets) { names.serve_inside(record.id, sockets); });
}

void Networks::Impl::refresh_files(const domain::ContainerRecord& record) noexcept {
  if (!settings.read_guest_file || !settings.replace_guest_file) return;
  if (record.host_config.network_mode.starts_with("container:")) return;  // the other's are used
  try {
    const auto put = [&](const char* path, const std::string& content) {
      if (settings.read_guest_file(record.id, path) != content)
        settings.replace_guest_file(record.id, path, content);
    };
    const ContainerFiles wanted = files(record, {}, true);
    open_resolver(record, wanted);
    put(kHosts, wanted.hosts);
    put(kResolvConf, wanted.resolv_conf);
  } catch (const std::exception& error) {
    if (has_ended(error)) return;
    log::warn("container " + record.id + ": its hosts and resolv.conf stay: " + error.what());
  }
}

ContainerFiles Networks::files(const domain::ContainerRecord& record,
                               const std::vector<std::string>& hosts) {
  return impl_->files(record, hosts, false);
}

void Networks::refresh_files(const domain::ContainerRecord& record) noexcept {
  impl_->refresh_files(record);
}

void Networks::open_resolver(const domain::ContainerRecord& record, const ContainerFiles& files) {
  impl_->open_resolver(record, files);
}

}  // namespace gantry::services
