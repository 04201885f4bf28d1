#include "protocol/documents.hpp"

namespace net_dns {

namespace sdk = gantry::sdk;

namespace {

void list(sdk::JsonWriter& writer, const char* key, const std::vector<std::string>& values) {
  writer.key(key).begin_array();
  for (const auto& value : values) writer.string(value);
  writer.end_array();
}

}  // namespace

std::string to_json(const sdk::Network& network) {
  sdk::JsonWriter writer;
  writer.begin()
      .field("id", network.id)
      .field("name", network.name)
      .field("driver", network.driver)
      .field("subnet", network.subnet)
      .field("gateway", network.gateway)
      .field("subnet6", network.subnet6)
      .field("gateway6", network.gateway6)
      .field("internal", network.internal)
      .field("default", network.is_default)
      .end();
  return std::string(writer.text());
}

std::string to_json(const sdk::Member& member) {
  sdk::JsonWriter writer;
  writer.begin()
      .field("container_id", member.container_id)
      .field("name", member.name)
      .field("hostname", member.hostname)
      .field("domainname", member.domainname)
      .field("address", member.address)
      .field("ipv6", member.ipv6);
  list(writer, "aliases", member.aliases);
  list(writer, "names", member.names);
  writer.key("links").begin_array();
  for (const auto& link : member.links)
    writer.begin().field("name", link.name).field("alias", link.alias).end();
  writer.end_array().end();
  return std::string(writer.text());
}

std::string to_json(const ContainerSettings& container) {
  sdk::JsonWriter writer;
  writer.begin().field("id", container.id);
  list(writer, "dns", container.dns);
  writer.field("ndots_set", container.ndots_set).end();
  return std::string(writer.text());
}

std::string to_json(const Settings& settings) {
  sdk::JsonWriter writer;
  writer.begin();
  list(writer, "upstreams", settings.upstreams);
  list(writer, "fallback", settings.fallback);
  writer.field("resolv_conf", settings.resolv_conf).end();
  return std::string(writer.text());
}

ContainerSettings read_container_settings(std::string_view text) {
  const sdk::Object object(text);
  return {object.string("id"), object.strings("dns"), object.boolean("ndots_set")};
}

Settings read_settings(std::string_view text) {
  const sdk::Object object(text);
  return {object.strings("upstreams"), object.strings("fallback"),
          object.string("resolv_conf", "/etc/resolv.conf")};
}

std::string message(std::string_view op,
                    std::initializer_list<std::pair<const char*, std::string_view>> members) {
  sdk::JsonWriter writer;
  writer.begin().field("op", op);
  for (const auto& [key, value] : members) writer.field(key, value);
  writer.end();
  return std::string(writer.text());
}

}  // namespace net_dns
