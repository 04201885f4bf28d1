#include "core/services/networks/legacy_links.hpp"

#include "core/base/error.hpp"
#include "core/domain/endpoint_link.hpp"
#include "core/domain/joined_containers.hpp"
#include "core/domain/link_environment.hpp"
#include "core/json/writer.hpp"

namespace gantry::services {
namespace {

constexpr int kMaxHops = 16;  // through networks of others; they may go in a circle

/// The HostConfig that inspect shows, with other links; none: null.
std::string with_links(const std::string& host_config, const std::vector<std::string>& links) {
  const json::Document document = json::Document::parse(host_config);
  json::Writer w;
  w.begin_object();
  document.root().each_member([&](std::string_view key, json::Node value) {
    if (key == "Links" && links.empty())
      w.key(key).null();
    else if (key == "Links")
      w.field(key, links);
    else
      w.key(key).raw(value.raw());
  });
  w.end_object();
  return w.take();
}

/// Where a container is reached: the one whose network it is in, perhaps through others'. Null when
/// that one is gone.
state::ContainerPtr network_owner(state::ContainerPtr container,
                                  const state::ContainerStore& store) {
  for (int hops = 0; container && hops < kMaxHops; ++hops) {
    const auto joined = domain::joined_container(container->record.host_config.network_mode);
    if (!joined) break;
    container = store.find_stored(*joined);
  }
  return container;
}

}  // namespace

void resolve_links(domain::CreateRequest& request, const std::string& parent_name,
                   const state::ContainerStore& store) {
  domain::HostConfig& config = request.host_config;
  if (config.links.empty()) return;
  const auto drop = [&] {
    config.links.clear();
    config.json = with_links(config.json, {});
  };
  // Elsewhere clients send them twice; those of the endpoint count.
  if (config.network_mode != "bridge" && config.network_mode != "none") return drop();
  std::vector<std::string> resolved, shown;
  for (const std::string& text : config.links) {
    const domain::EndpointLink link = domain::parse_endpoint_link(text);
    const auto child = network_owner(store.find(link.name), store);
    if (!child)
      throw Error(Errc::invalid,
                  "could not get container for " + link.name + ": No such container: " + link.name);
    if (child->record.host_config.network_mode == "host")
      throw Error(Errc::invalid,
                  "conflicting options: host type networking can't be used with links. This would "
                  "result in undefined behavior");
    resolved.push_back(child->record.id + ":" + link.alias);
    shown.push_back(child->record.display_name() + ":/" + parent_name + "/" + link.alias);
  }
  if (config.network_mode == "none") return drop();
  config.links = resolved;
  config.json = with_links(config.json, shown);
}

LinkedNames linked_names(const domain::ContainerRecord& record,
                         const state::ContainerStore& store) {
  LinkedNames names;
  for (const std::string& text : record.host_config.links) {
    const domain::EndpointLink link = domain::parse_endpoint_link(text);
    const auto child = store.find_id(link.name);
    if (!child) continue;  // removed since; Docker drops the link with it
    const domain::ContainerRecord& linked = child->record;
    const std::string shown = record.display_name() + "/" + link.alias;
    if (!linked.state.running())
      throw Error(Errc::internal, "Cannot link to a non running container: " +
                                      linked.display_name() + " AS " + shown);
    const auto endpoint = linked.endpoints.find("bridge");
    if (endpoint == linked.endpoints.end() || endpoint->second.ip_address.empty())
      throw Error(Errc::internal,
                  "container " + linked.id + " not attached to default bridge network");
    const std::string& address = endpoint->second.ip_address;
    names.hosts.push_back(link.alias + ":" + address);
    for (const std::string& name : {linked.config.hostname, linked.name})
      if (!name.empty() && name != link.alias) names.hosts.push_back(name + ":" + address);
    for (std::string& variable : domain::link_environment(shown, address, linked.config))
      names.environment.push_back(std::move(variable));
  }
  return names;
}

}  // namespace gantry::services
