// The documents from which the name service makes a container's /etc/hosts and /etc/resolv.conf.
#include "core/base/error.hpp"
#include "core/base/file.hpp"
#include "core/base/text.hpp"
#include "core/json/writer.hpp"
#include "core/services/networks_impl.hpp"

namespace gantry::services {
namespace {

/// What network mode means for the files.
std::string_view files_mode(const domain::ContainerRecord& record) {
  const std::string& mode = record.host_config.network_mode;
  if (record.config.network_disabled || mode == "none") return "none";
  if (mode == "host") return "host";
  return mode.starts_with("container:") ? "container" : "bridge";
}

}  // namespace

std::vector<std::string> Networks::Impl::extra_hosts(const domain::ContainerRecord& record) {
  std::vector<std::string> hosts;
  const json::Document document = record.host_config.document();
  for (const std::string& entry : document.root()["ExtraHosts"].strings()) {
    // "name:ip"; newer clients also write "name=ip". An IPv6 address has more colons.
    const size_t at = entry.find_first_of(":=");
    if (at == std::string::npos) continue;
    std::string ip = entry.substr(at + 1);
    if (ip == "host-gateway") {
      const EntryPtr bridge = find("bridge");
      if (!bridge || bridge->record->pools.empty()) continue;
      ip = bridge->record->pools.front().gateway;
    }
    hosts.push_back(entry.substr(0, at) + ":" + ip);
  }
  // Links of the default bridge: "name:alias" or "name".
  const std::lock_guard lock(mutex);
  for (const std::string& link : record.host_config.links) {
    const size_t at = link.find(':');
    const std::string name = link.substr(link.starts_with('/') ? 1 : 0, at);
    const std::string alias = at == std::string::npos ? name : link.substr(at + 1);
    const auto bridge = ids_by_name.find("bridge");
    if (bridge == ids_by_name.end()) continue;
    for (const auto& [id, member] : by_id.at(bridge->second)->members) {
      if (!member.address || (member.shown.container_name != name && !id.starts_with(name)))
        continue;
      const std::string ip = domain::to_string_ipv4(*member.address);
      for (const std::string& other : {alias, id.substr(0, 12), member.shown.container_name})
        if (!other.empty()) hosts.push_back(other + ":" + ip);
      break;
    }
  }
  return hosts;
}

ContainerFiles Networks::files(const domain::ContainerRecord& record) {
  Impl& impl = *impl_;
  const json::Document document = record.host_config.document();
  const json::Node hc = document.root();
  json::Writer w;
  w.begin_object()
      .field("id", record.id)
      .field("hostname", record.config.hostname)
      .field("domainname", record.config.domainname)
      .field("mode", files_mode(record))
      .field("extra_hosts", impl.extra_hosts(record))
      .field("dns", hc["Dns"].strings())
      .field("dns_search", hc["DnsSearch"].strings())
      .field("dns_options", hc["DnsOptions"].strings());
  w.key("endpoints").begin_array();
  for (const auto& [name, endpoint] : record.endpoints) {
    if (endpoint.ip_address.empty()) continue;
    w.begin_object()
        .field("network_id", endpoint.network_id)
        .field("address", endpoint.ip_address + "/" + std::to_string(endpoint.ip_prefix_len))
        .field("ipv6", "")
        .end_object();
  }
  w.end_array()
      .field("host_hosts", file::find(impl.settings.host_hosts).value_or(""))
      .field("host_resolv_conf", file::find(impl.settings.host_resolv_conf).value_or(""))
      .end_object();
  return impl.names.container_files(w.text());
}

}  // namespace gantry::services
