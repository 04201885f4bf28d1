#include "core/api/model/container_inspect_json.hpp"

#include "core/api/model/container_json.hpp"
#include "core/domain/container_request.hpp"

namespace gantry::api {
namespace {

/// Empty where the stack is another container's.
std::string sandbox_id(const domain::ContainerRecord& record) {
  return record.host_config.network_mode.starts_with("container:") ? "" : record.sandbox_id;
}

/// Where the network namespace is found: it has no name in the filesystem.
std::string sandbox_key(const domain::ContainerRecord& record) {
  if (sandbox_id(record).empty() || record.state.pid <= 0) return {};
  return "/proc/" + std::to_string(record.state.pid) + "/ns/net";
}

/// NetworkSettings with the flat copies of the default bridge's endpoint that clients before 1.21
/// read.
void write_network_settings(json::Writer& w, const domain::ContainerRecord& record, int api_minor) {
  static const domain::Endpoint kNone;
  const auto bridge = record.endpoints.find("bridge");
  const domain::Endpoint& legacy = bridge == record.endpoints.end() ? kNone : bridge->second;
  w.begin_object()
      .field("Bridge", "")
      .field("SandboxID", sandbox_id(record))
      .field("SandboxKey", sandbox_key(record));
  w.key("Ports");
  write_port_map(w, record);
  w.field("HairpinMode", false)
      .field("LinkLocalIPv6Address", "")
      .field("LinkLocalIPv6PrefixLen", 0);
  w.key("SecondaryIPAddresses").null().key("SecondaryIPv6Addresses").null();
  w.field("EndpointID", legacy.endpoint_id)
      .field("Gateway", legacy.gateway)
      .field("GlobalIPv6Address", legacy.ip6_address)
      .field("GlobalIPv6PrefixLen", legacy.ip6_prefix_len)
      .field("IPAddress", legacy.ip_address)
      .field("IPPrefixLen", legacy.ip_prefix_len)
      .field("IPv6Gateway", legacy.gateway6)
      .field("MacAddress", legacy.mac_address);
  w.key("Networks");
  write_endpoints(w, record, api_minor);
  w.end_object();
}

std::string driver_name(const std::string& graph_driver) {
  if (graph_driver.empty()) return {};
  return json::Document::parse(graph_driver).root()["name"].str();
}

void write_graph_driver(json::Writer& w, const std::string& graph_driver) {
  w.key("GraphDriver").begin_object();
  if (graph_driver.empty()) {
    w.key("Data").null().field("Name", "").end_object();
    return;
  }
  const auto document = json::Document::parse(graph_driver);
  w.key("Data").raw(document.root()["data"].raw());
  w.field("Name", document.root()["name"].str()).end_object();
}

/// As before API 1.44, when one hardware address was the container's.
domain::Config shown_config(const domain::ContainerRecord& record) {
  domain::Config config = record.config;
  const auto endpoint = record.endpoints.find(record.host_config.network_mode);
  if (config.mac_address.empty() && endpoint != record.endpoints.end())
    config.mac_address = endpoint->second.requested_mac;
  return config;
}

}  // namespace

std::string inspect_json(const services::InspectedContainer& inspected, int api_minor) {
  const domain::ContainerRecord& record = inspected.container->record;
  json::Writer w;
  w.begin_object()
      .field("Id", record.id)
      .field("Created", rfc3339_nano(record.created))
      .field("Path", record.path)
      .field("Args", record.args);
  w.key("State");
  write_state(w, record.state);
  w.field("Image", record.image_id)
      .field("ResolvConfPath", inspected.resolv_conf_path)
      .field("HostnamePath", inspected.hostname_path)
      .field("HostsPath", inspected.hosts_path)
      .field("LogPath",
             record.host_config.log_type == "json-file" ? record.log_path : std::string())
      .field("Name", record.display_name())
      .field("RestartCount", record.restart_count)
      .field("Driver", driver_name(inspected.graph_driver))
      .field("Platform", record.platform)
      .field("MountLabel", "")
      .field("ProcessLabel", "")
      .field("AppArmorProfile", inspected.apparmor_profile);
  w.key("ExecIDs");
  inspected.exec_ids.empty() ? w.null() : w.strings(inspected.exec_ids);
  w.key("HostConfig").raw(inspected.host_config);
  write_graph_driver(w, inspected.graph_driver);
  if (inspected.usage)
    w.field("SizeRw", inspected.usage->rw).field("SizeRootFs", inspected.usage->total);
  w.key("Mounts");
  write_mounts(w, record);
  w.key("Config").raw(domain::to_json(shown_config(record)));
  w.key("NetworkSettings");
  write_network_settings(w, record, api_minor);
  w.end_object();
  return w.take();
}

}  // namespace gantry::api
