#include "core/api/model/network_json.hpp"

namespace gantry::api {
namespace {

void write_ipam(json::Writer& w, const domain::NetworkRecord& network) {
  w.key("IPAM").begin_object().field("Driver", network.ipam_driver);
  if (network.ipam_options)
    w.field("Options", *network.ipam_options);
  else
    w.key("Options").null();
  w.key("Config");
  if (network.pools.empty()) {
    w.null().end_object();
    return;
  }
  w.begin_array();
  for (const domain::IpamPool& pool : network.pools) {
    w.begin_object().field("Subnet", pool.subnet);
    if (!pool.ip_range.empty()) w.field("IPRange", pool.ip_range);
    if (pool.shows_gateway()) w.field("Gateway", pool.gateway);
    if (!pool.auxiliary_addresses.empty()) w.field("AuxiliaryAddresses", pool.auxiliary_addresses);
    w.end_object();
  }
  w.end_array().end_object();
}

}  // namespace

domain::NetworkRequest parse_network_request(const json::Node& body, int api_minor) {
  domain::NetworkRequest request;
  request.name = body["Name"].str();
  if (const std::string driver = body["Driver"].str(); !driver.empty()) request.driver = driver;
  request.scope = body["Scope"].str();
  request.internal = body["Internal"].boolean();
  request.attachable = body["Attachable"].boolean();
  request.ingress = body["Ingress"].boolean();
  request.config_only = body["ConfigOnly"].boolean();
  request.config_from = body["ConfigFrom"]["Network"].str();
  if (api_minor >= 48 && body["EnableIPv4"]) request.enable_ipv4 = body["EnableIPv4"].boolean();
  if (body["EnableIPv6"]) request.enable_ipv6 = body["EnableIPv6"].boolean();
  request.options = body["Options"].string_map();
  request.labels = body["Labels"].string_map();
  const json::Node ipam = body["IPAM"];
  if (const std::string driver = ipam["Driver"].str(); !driver.empty())
    request.ipam_driver = driver;
  if (ipam["Options"]) request.ipam_options = ipam["Options"].string_map();
  ipam["Config"].each_item([&](json::Node pool) {
    request.pools.push_back({pool["Subnet"].str(), pool["IPRange"].str(), pool["Gateway"].str(),
                             pool["AuxiliaryAddresses"].string_map(), false});
  });
  return request;
}

void write_network(json::Writer& w, const domain::NetworkRecord& network,
                   const std::map<std::string, domain::NetworkMember>& members, int api_minor) {
  w.begin_object()
      .field("Name", network.name)
      .field("Id", network.id)
      .field("Created", rfc3339_nano(network.created))
      .field("Scope", network.scope)
      .field("Driver", network.driver);
  if (api_minor >= 48) w.field("EnableIPv4", network.enable_ipv4);
  w.field("EnableIPv6", network.enable_ipv6);
  write_ipam(w, network);
  w.field("Internal", network.internal)
      .field("Attachable", network.attachable)
      .field("Ingress", network.ingress);
  w.key("ConfigFrom").begin_object().field("Network", network.config_from).end_object();
  w.field("ConfigOnly", network.config_only);
  w.key("Containers").begin_object();
  for (const auto& [id, member] : members) {
    w.key(id)
        .begin_object()
        .field("Name", member.container_name)
        .field("EndpointID", member.endpoint_id)
        .field("MacAddress", member.mac_address)
        .field("IPv4Address", member.ipv4_address)
        .field("IPv6Address", member.ipv6_address)
        .end_object();
  }
  w.end_object();
  w.field("Options", network.options).field("Labels", network.labels).end_object();
}

}  // namespace gantry::api
