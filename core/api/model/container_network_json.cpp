// Endpoints and ports.
#include <algorithm>

#include "core/api/model/container_json.hpp"
#include "core/base/text.hpp"

namespace gantry::api {
namespace {

void optional_strings(json::Writer& w, const char* key,
                      const std::optional<std::vector<std::string>>& values) {
  w.key(key);
  values ? w.strings(*values) : w.null();
}

void write_aliases(json::Writer& w, const domain::ContainerRecord& record,
                   const domain::Endpoint& endpoint, const std::string& network, int api_minor) {
  auto aliases = endpoint.aliases;
  // Before 1.45 clients found short id and hostname among the aliases of networks with names.
  if (api_minor < 45 && network != "bridge" && network != "host" && network != "none") {
    if (!aliases) aliases.emplace();
    for (const std::string& name : {record.id.substr(0, 12), record.config.hostname})
      if (!name.empty() && std::find(aliases->begin(), aliases->end(), name) == aliases->end())
        aliases->push_back(name);
  }
  optional_strings(w, "Aliases", aliases);
}

void write_ipam(json::Writer& w, const domain::Endpoint& endpoint) {
  w.key("IPAMConfig");
  if (!endpoint.has_ipam_config) {
    w.null();
    return;
  }
  w.begin_object();
  if (!endpoint.ipv4_address.empty()) w.field("IPv4Address", endpoint.ipv4_address);
  if (!endpoint.ipv6_address.empty()) w.field("IPv6Address", endpoint.ipv6_address);
  if (!endpoint.link_local_ips.empty()) w.field("LinkLocalIPs", endpoint.link_local_ips);
  w.end_object();
}

std::string port_key(const domain::PublishedPort& port) {
  return std::to_string(port.container_port) + "/" + port.protocol;
}

}  // namespace

void write_endpoints(json::Writer& w, const domain::ContainerRecord& record, int api_minor) {
  w.begin_object();
  for (const auto& [network, endpoint] : record.endpoints) {
    w.key(network).begin_object();
    write_ipam(w, endpoint);
    optional_strings(w, "Links", endpoint.links);
    write_aliases(w, record, endpoint, network, api_minor);
    w.field("MacAddress", endpoint.mac_address.empty() && !record.state.running()
                              ? endpoint.requested_mac
                              : endpoint.mac_address);
    w.key("DriverOpts");
    endpoint.driver_opts ? w.string_map(*endpoint.driver_opts) : w.null();
    if (api_minor >= 48) w.field("GwPriority", endpoint.gw_priority);
    w.field("NetworkID", endpoint.network_id)
        .field("EndpointID", endpoint.endpoint_id)
        .field("Gateway", endpoint.gateway)
        .field("IPAddress", endpoint.ip_address)
        .field("IPPrefixLen", endpoint.ip_prefix_len)
        .field("IPv6Gateway", endpoint.gateway6)
        .field("GlobalIPv6Address", endpoint.ip6_address)
        .field("GlobalIPv6PrefixLen", endpoint.ip6_prefix_len);
    optional_strings(w, "DNSNames", endpoint.dns_names);
    w.end_object();
  }
  w.end_object();
}

void write_port_list(json::Writer& w, const domain::ContainerRecord& record) {
  w.begin_array();
  if (!record.shows_ports()) {
    w.end_array();
    return;
  }
  std::set<std::string> published;
  for (const domain::PublishedPort& port : record.published) {
    published.insert(port_key(port));
    w.begin_object().field("IP", port.host_ip).field("PrivatePort", port.container_port);
    if (port.host_port != 0) w.field("PublicPort", port.host_port);
    w.field("Type", port.protocol).end_object();
  }
  for (const std::string& exposed : record.config.exposed_ports) {
    if (published.count(exposed) > 0) continue;
    const size_t slash = exposed.find('/');
    w.begin_object()
        .field("PrivatePort", text::to_int(exposed.substr(0, slash)).value_or(0))
        .field("Type", exposed.substr(slash + 1))
        .end_object();
  }
  w.end_array();
}

void write_port_map(json::Writer& w, const domain::ContainerRecord& record) {
  w.begin_object();
  if (!record.shows_ports()) {
    w.end_object();
    return;
  }
  std::map<std::string, std::vector<const domain::PublishedPort*>> ports;
  for (const std::string& exposed : record.config.exposed_ports) ports[exposed];
  for (const domain::PublishedPort& port : record.published) ports[port_key(port)].push_back(&port);
  for (const auto& [key, bindings] : ports) {
    w.key(key);
    if (bindings.empty()) {
      w.null();
      continue;
    }
    w.begin_array();
    for (const domain::PublishedPort* port : bindings)
      w.begin_object()
          .field("HostIp", port->host_ip)
          .field("HostPort", port->host_port == 0 ? "" : std::to_string(port->host_port))
          .end_object();
    w.end_array();
  }
  w.end_object();
}

}  // namespace gantry::api
