#include "core/services/network_documents.hpp"

#include <algorithm>

#include "core/base/text.hpp"
#include "core/json/reader.hpp"
#include "core/json/writer.hpp"
#include "core/services/networks_impl.hpp"

namespace gantry::services {
namespace {

std::string subnet_of(const domain::NetworkRecord& n) {
  return n.pools.empty() ? "" : n.pools.front().subnet;
}

std::string gateway_of(const domain::NetworkRecord& n) {
  return n.pools.empty() ? "" : n.pools.front().gateway;
}

unsigned mtu_of(const domain::NetworkRecord& n, unsigned fallback) {
  const auto it = n.options.find(kOptionMtu);
  const auto value = it == n.options.end() ? std::nullopt : text::to_int(it->second);
  return value && *value > 0 ? static_cast<unsigned>(*value) : fallback;
}

std::string with_prefix(const domain::Endpoint& e) {
  return e.ip_address.empty() ? "" : e.ip_address + "/" + std::to_string(e.ip_prefix_len);
}

}  // namespace

bool network_option(const domain::NetworkRecord& network, const char* name, bool fallback) {
  const auto it = network.options.find(name);
  if (it == network.options.end()) return fallback;
  const std::string value = text::lower(it->second);
  return value == "true" || value == "1" || value == "t";
}

std::string data_plane_network(const domain::NetworkRecord& n, unsigned default_mtu) {
  json::Writer w;
  w.begin_object()
      .field("id", n.id)
      .field("driver", n.driver)
      .field("bridge", n.bridge)
      .field("subnet", subnet_of(n))
      .field("gateway", gateway_of(n))
      .field("mtu", mtu_of(n, default_mtu))
      .field("internal", n.internal)
      .field("masquerade", network_option(n, kOptionMasquerade, true))
      .field("icc", network_option(n, kOptionIcc, true))
      .end_object();
  return w.take();
}

std::string data_plane_endpoint(const std::string& network_document,
                                const domain::Endpoint& endpoint, bool default_route) {
  json::Writer w;
  w.begin_object();
  w.key("network").raw(network_document);
  w.field("endpoint_id", endpoint.endpoint_id)
      .field("interface", endpoint.interface_name)
      .field("address", with_prefix(endpoint))
      .field("mac", endpoint.mac_address)
      .field("gateway", default_route ? endpoint.gateway : std::string())
      .end_object();
  return w.take();
}

std::string sandbox_document(std::string_view mode, std::string_view container_id,
                             const std::vector<std::string>& endpoint_documents) {
  json::Writer w;
  w.begin_object().field("mode", mode);
  if (!container_id.empty()) w.field("container", container_id);
  w.key("endpoints").begin_array();
  for (const std::string& endpoint : endpoint_documents) w.raw(endpoint);
  w.end_array().end_object();
  return w.take();
}

std::string publish_document(const std::vector<domain::PublishedPort>& ports,
                             const std::string& container_ip) {
  json::Writer w;
  w.begin_array();
  for (const domain::PublishedPort& port : ports)
    w.begin_object()
        .field("protocol", port.protocol)
        .field("host_ip", port.host_ip)
        .field("host_port", port.host_port)
        .field("host_port_end", 0)
        .field("container_ip", container_ip)
        .field("container_port", port.container_port)
        .end_object();
  w.end_array();
  return w.take();
}

std::vector<int> published_host_ports(const std::string& answer) {
  std::vector<int> ports;
  const json::Document document = json::Document::parse(answer);
  document.root().each_item(
      [&](json::Node port) { ports.push_back(static_cast<int>(port["host_port"].i64())); });
  return ports;
}

std::string name_service_network(const domain::NetworkRecord& n, bool is_default) {
  json::Writer w;
  w.begin_object()
      .field("id", n.id)
      .field("name", n.name)
      .field("driver", n.driver)
      .field("subnet", subnet_of(n))
      .field("gateway", gateway_of(n))
      .field("internal", n.internal)
      .field("default", is_default)
      .end_object();
  return w.take();
}

std::string name_service_member(const domain::ContainerRecord& record,
                                const domain::Endpoint& endpoint) {
  // Containers on the default bridge know each other by links only (behaviours.md 11.7).
  static const std::vector<std::string> none;
  json::Writer w;
  w.begin_object()
      .field("container_id", record.id)
      .field("name", record.name)
      .field("hostname", record.config.hostname)
      .field("domainname", record.config.domainname)
      .field("address", with_prefix(endpoint))
      .field("ipv6", "")
      .field("aliases", endpoint.aliases ? *endpoint.aliases : none)
      .field("names", endpoint.dns_names ? *endpoint.dns_names : none)
      .end_object();
  return w.take();
}

}  // namespace gantry::services
