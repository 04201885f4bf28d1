#include "conformance/network/documents.hpp"

#include <gantry/cpp/json.hpp>

namespace conformance::network {

using gantry::sdk::JsonWriter;

namespace {

std::string with_prefix(const std::string& address, const char* length) {
  return address.empty() ? address : address + length;
}

void list(JsonWriter& writer, const char* key, const std::vector<std::string>& values) {
  writer.key(key).begin_array();
  for (const auto& value : values) writer.string(value);
  writer.end_array();
}

}  // namespace

std::string document(const Net& net) {
  JsonWriter writer;
  writer.begin()
      .field("id", net.id)
      .field("name", net.name)
      .field("driver", "bridge")
      .field("subnet", "127.30.0.0/16")
      .field("gateway", net.gateway)
      .field("subnet6", "")
      .field("gateway6", "")
      .field("internal", net.internal)
      .field("default", net.is_default)
      .end();
  return std::string(writer.text());
}

std::string document(const Member& member) {
  JsonWriter writer;
  writer.begin()
      .field("container_id", member.id)
      .field("name", member.name)
      .field("hostname", member.id.substr(0, 12))
      .field("domainname", "")
      .field("address", with_prefix(member.address, "/16"))
      .field("ipv6", with_prefix(member.ipv6, "/64"));
  list(writer, "aliases", member.aliases);
  auto names = member.aliases;
  names.insert(names.begin(), {member.name, member.id.substr(0, 12)});
  list(writer, "names", names);
  writer.key("links").begin_array();
  for (const auto& link : member.links)
    writer.begin().field("name", link.name).field("alias", link.alias).end();
  writer.end_array().end();
  return std::string(writer.text());
}

std::string document(const Request& request) {
  JsonWriter writer;
  writer.begin()
      .field("id", request.id)
      .field("hostname", request.hostname)
      .field("domainname", "")
      .field("mode", "bridge");
  list(writer, "extra_hosts", {"extra:10.1.2.3"});
  list(writer, "dns", {"10.9.9.9"});
  list(writer, "dns_search", {"corp.example"});
  list(writer, "dns_options", {"ndots:2"});
  writer.key("endpoints").begin_array();
  for (const auto& endpoint : request.endpoints)
    writer.begin()
        .field("network_id", endpoint.network)
        .field("address", with_prefix(endpoint.address, "/16"))
        .field("ipv6", with_prefix(endpoint.ipv6, "/64"))
        .end();
  writer.end_array()
      .field("host_hosts", "127.0.0.1 localhost\n")
      .field("host_resolv_conf", "nameserver 10.0.0.53\n")
      .field("current_hosts", request.current_hosts)
      .field("current_resolv_conf", request.current_resolv_conf)
      .field("inside_sockets", request.inside_sockets)
      .end();
  return std::string(writer.text());
}

}  // namespace conformance::network
