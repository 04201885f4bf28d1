#include "core/domain/network.hpp"
#include "core/json/reader.hpp"
#include "core/json/writer.hpp"

namespace gantry::domain {

std::string to_journal(const NetworkRecord& r) {
  json::Writer w;
  w.begin_object()
      .field("id", r.id)
      .field("name", r.name)
      .field("driver", r.driver)
      .field("scope", r.scope)
      .field("created", r.created)
      .field("internal", r.internal)
      .field("attachable", r.attachable)
      .field("ingress", r.ingress)
      .field("config_only", r.config_only)
      .field("enable_ipv4", r.enable_ipv4)
      .field("enable_ipv6", r.enable_ipv6)
      .field("predefined", r.predefined)
      .field("ipam_driver", r.ipam_driver)
      .field("config_from", r.config_from)
      .field("options", r.options)
      .field("labels", r.labels)
      .field("bridge", r.bridge);
  if (r.ipam_options) w.field("ipam_options", *r.ipam_options);
  w.key("pools").begin_array();
  for (const IpamPool& pool : r.pools)
    w.begin_object()
        .field("subnet", pool.subnet)
        .field("ip_range", pool.ip_range)
        .field("gateway", pool.gateway)
        .field("auxiliary", pool.auxiliary_addresses)
        .field("chosen", pool.chosen)
        .field("gateway_chosen", pool.gateway_chosen)
        .end_object();
  w.end_array().end_object();
  return w.take();
}

NetworkRecord network_from_journal(std::string text) {
  const json::Document document = json::Document::parse(std::move(text));
  const json::Node node = document.root();
  NetworkRecord r;
  r.id = node["id"].str();
  r.name = node["name"].str();
  r.driver = node["driver"].str();
  r.scope = node["scope"].str("local");
  r.created = node["created"].i64();
  r.internal = node["internal"].boolean();
  r.attachable = node["attachable"].boolean();
  r.ingress = node["ingress"].boolean();
  r.config_only = node["config_only"].boolean();
  r.enable_ipv4 = node["enable_ipv4"].boolean(true);
  r.enable_ipv6 = node["enable_ipv6"].boolean();
  r.predefined = node["predefined"].boolean();
  r.ipam_driver = node["ipam_driver"].str("default");
  r.config_from = node["config_from"].str();
  r.options = node["options"].string_map();
  r.labels = node["labels"].string_map();
  r.bridge = node["bridge"].str();
  if (node["ipam_options"]) r.ipam_options = node["ipam_options"].string_map();
  node["pools"].each_item([&](json::Node pool) {
    r.pools.push_back({pool["subnet"].str(), pool["ip_range"].str(), pool["gateway"].str(),
                       pool["auxiliary"].string_map(), pool["chosen"].boolean(),
                       pool["gateway_chosen"].boolean()});
  });
  return r;
}

}  // namespace gantry::domain
