#include "core/services/networks/network_documents.hpp"

#include "core/domain/endpoint_link.hpp"
#include "core/domain/endpoint_options.hpp"
#include "core/domain/parent_link.hpp"
#include "core/json/reader.hpp"
#include "core/json/writer.hpp"

namespace gantry::services {
namespace {

std::string subnet_of(const domain::NetworkRecord& network, domain::IpFamily family) {
  const domain::IpamPool* pool = network.find_pool(family);
  return pool == nullptr ? "" : pool->subnet;
}

std::string gateway_of(const domain::NetworkRecord& network, domain::IpFamily family) {
  const domain::IpamPool* pool = network.find_pool(family);
  return pool == nullptr ? "" : pool->gateway;
}

/// Of the endpoint's default route; `none`: how the document says that it needs no gateway.
std::string gateway_of(const domain::Endpoint& endpoint, const char* none,
                       const std::string& gateway) {
  return endpoint.leads_out_itself ? none : gateway;
}

/// With the length of the subnet that such an address is on, as dockerd has them.
std::vector<std::string> link_local_cidrs(const domain::Endpoint& endpoint) {
  std::vector<std::string> cidrs;
  for (const std::string& address : endpoint.link_local_ips)
    cidrs.push_back(address + (domain::is_ipv6_text(address) ? "/64" : "/16"));
  return cidrs;
}

constexpr unsigned kMtu = 1500;  // the kernel's own for bridges

}  // namespace

std::string data_plane_network(const domain::NetworkRecord& n,
                               const domain::BridgeOptions& options) {
  using domain::IpFamily;
  json::Writer w;
  w.begin_object().field("id", n.id).field("driver", n.driver);
  if (domain::has_parent_link(n.driver)) {
    const domain::ParentLink link = domain::parse_parent_link(n.driver, n.options);
    w.field("parent", domain::parent_interface(n))
        .field("dummy", !n.leads_outside())
        .field("mode", link.mode)
        .field("flag", link.flag)
        .field("mtu", link.mtu.value_or(0))
        .end_object();
    return w.take();
  }
  w.field("bridge", n.bridge)
      .field("subnet", subnet_of(n, IpFamily::v4))
      .field("gateway", gateway_of(n, IpFamily::v4))
      .field("subnet6", subnet_of(n, IpFamily::v6))
      .field("gateway6", gateway_of(n, IpFamily::v6))
      .field("mtu", options.mtu.value_or(kMtu))
      .field("internal", n.internal)
      .field("masquerade", options.masquerade)
      .field("icc", options.icc)
      .field("inhibit_ipv4", options.inhibit_ipv4)
      .field("mode", domain::to_string(options.mode4))
      .field("mode6", domain::to_string(options.mode6))
      .field("source", options.host_ipv4)
      .field("source6", options.host_ipv6)
      .field("trusted", options.trusted_interfaces)
      .end_object();
  return w.take();
}

std::string data_plane_bridge(const domain::NetworkRecord& n) {
  json::Writer w;
  w.begin_object()
      .field("id", n.id)
      .field("driver", n.driver)
      .field("bridge", n.bridge)
      .end_object();
  return w.take();
}

std::string data_plane_endpoint(const std::string& network_document,
                                const domain::Endpoint& endpoint, DefaultRoutes routes) {
  json::Writer w;
  w.begin_object();
  w.key("network").raw(network_document);
  w.field("endpoint_id", endpoint.endpoint_id)
      .field("interface", endpoint.interface_name)
      .field("address", endpoint.cidr())
      .field("address6", endpoint.cidr6())
      .field("link_local", link_local_cidrs(endpoint))
      .field("mac", endpoint.mac_address)
      .field("gateway", routes.v4 ? gateway_of(endpoint, "0.0.0.0", endpoint.gateway) : "")
      .field("gateway6", routes.v6 ? gateway_of(endpoint, "::", endpoint.gateway6) : "")
      .field("sysctls", domain::endpoint_sysctls(endpoint))
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
                             const PublishedAddresses& addresses) {
  json::Writer w;
  w.begin_array();
  for (const domain::PublishedPort& port : ports)
    if (port.host_port != 0)
      w.begin_object()
          .field("protocol", port.protocol)
          .field("host_ip", port.host_ip)
          .field("host_port", port.host_port)
          .field("host_port_end", 0)
          .field("container_ip", addresses.for_host(port.host_ip))
          .field("container_port", port.container_port)
          .end_object();
  for (const OpenPort& port : open_ports(ports, addresses))
    w.begin_object()
        .field("protocol", port.protocol)
        .field("open", true)
        .field("container_ip", port.address)
        .field("container_port", port.number)
        .end_object();
  w.end_array();
  return w.take();
}

void read_published_ports(const std::string& answer, std::vector<domain::PublishedPort>& ports) {
  const json::Document document = json::Document::parse(answer);
  auto port = ports.begin();
  document.root().each_item([&](json::Node item) {
    if (item["open"].boolean()) return;
    while (port != ports.end() && port->host_port == 0) ++port;
    if (port != ports.end()) (port++)->host_port = static_cast<int>(item["host_port"].i64());
  });
}

std::string name_service_network(const domain::NetworkRecord& n, bool is_default) {
  using domain::IpFamily;
  json::Writer w;
  w.begin_object()
      .field("id", n.id)
      .field("name", n.name)
      .field("driver", n.driver)
      .field("subnet", subnet_of(n, IpFamily::v4))
      .field("gateway", gateway_of(n, IpFamily::v4))
      .field("subnet6", subnet_of(n, IpFamily::v6))
      .field("gateway6", gateway_of(n, IpFamily::v6))
      .field("internal", !n.leads_outside())
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
      .field("address", endpoint.cidr())
      .field("ipv6", endpoint.cidr6())
      .field("aliases", endpoint.aliases ? *endpoint.aliases : none)
      .field("names", endpoint.dns_names ? *endpoint.dns_names : none);
  w.key("links").begin_array();
  if (endpoint.links)
    for (const std::string& text : *endpoint.links) {
      const domain::EndpointLink link = domain::parse_endpoint_link(text);
      w.begin_object().field("name", link.name).field("alias", link.alias).end_object();
    }
  w.end_array().end_object();
  return w.take();
}

}  // namespace gantry::services
