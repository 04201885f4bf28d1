// Membership of containers that exist already (behaviours.md 11.5).
#include <algorithm>

#include "core/base/error.hpp"
#include "core/base/scope_guard.hpp"
#include "core/domain/endpoint_check.hpp"
#include "core/services/network_documents.hpp"
#include "core/services/networks_impl.hpp"

namespace gantry::services {
namespace {

void check_connectable(const domain::ContainerRecord& record,
                       const domain::NetworkRecord& network) {
  const std::string& mode = record.host_config.network_mode;
  if (network.name == "host" && network.predefined)
    throw Error(Errc::invalid,
                "cannot connect container to host network - container must be created in host "
                "network mode");
  if (mode == "host" || mode.starts_with("container:"))
    throw Error(Errc::invalid,
                "container sharing network namespace with another container or host cannot be "
                "connected to any other network");
  const bool is_none = network.name == "none" && network.predefined;
  const bool only_none = record.endpoints.size() == 1 && record.endpoints.count("none") == 1;
  if ((is_none && !record.endpoints.empty()) || (only_none && !is_none))
    throw Error(Errc::invalid,
                "container cannot be connected to multiple networks with one of the networks in "
                "private (none) mode");
}

/// The key in record.endpoints under which the network stands: the client may have written the id.
std::string key_of(const domain::ContainerRecord& record, const domain::NetworkRecord* network,
                   const std::string& reference) {
  for (const auto& [key, endpoint] : record.endpoints)
    if (key == reference || (network != nullptr && (key == network->name || key == network->id ||
                                                    endpoint.network_id == network->id)))
      return key;
  return {};
}

bool has_stack(const domain::ContainerRecord& record) {
  return record.state.running() && !record.state.restarting && !record.sandbox_id.empty();
}

}  // namespace

void Networks::Impl::move_default_route(const domain::ContainerRecord& record,
                                        const std::string& from, const std::string& to) {
  // An endpoint is told its gateway when it is made; made again it keeps address, name and MAC.
  const auto remake = [&](const std::string& name, bool default_route) {
    const auto it = record.endpoints.find(name);
    if (it == record.endpoints.end() || it->second.ip_address.empty()) return;
    runtime.endpoint_down(record.id, endpoint_document(it->second, !default_route));
    runtime.endpoint_up(record.id, endpoint_document(it->second, default_route));
  };
  if (from == to) return;
  if (!from.empty()) remake(from, false);
  if (!to.empty()) remake(to, true);
}

void Networks::connect(domain::ContainerRecord& record, const std::string& network,
                       const domain::Endpoint& wanted) {
  Impl& impl = *impl_;
  const EntryPtr entry = impl.get(network);
  check_connectable(record, *entry->record);
  const std::string name = entry->record->name;
  domain::Endpoint endpoint = wanted;
  endpoint.network = name;
  domain::check_endpoint(*entry->record, endpoint);
  const std::string existing = key_of(record, entry->record.get(), network);
  if (!has_stack(record)) {
    if (!existing.empty()) record.endpoints.erase(existing);
    record.endpoints[name] = std::move(endpoint);
    return;
  }
  if (!existing.empty())
    throw Error(Errc::permission,
                "endpoint with name " + record.name + " already exists in network " + name);

  const std::string old_gateway = impl.gateway_network(record);
  impl.join(*entry, record, endpoint);
  ScopeGuard leave([&] { impl.leave(record, endpoint); });
  const auto commit = [&] {
    leave.dismiss();
    record.endpoints[name] = std::move(endpoint);
    impl.publish_event("connect", *entry->record, record.id);
  };
  if (!entry->addresses) return commit();
  endpoint.interface_name = free_interface_name(record, *entry->record, endpoint);
  impl.ensure_up(*entry);
  domain::ContainerRecord next = record;
  next.endpoints[name] = endpoint;
  const std::string gateway = impl.gateway_network(next);
  // The route leaves the old endpoint before the new one brings its own.
  if (gateway == name) impl.move_default_route(record, old_gateway, {});
  ScopeGuard route_back([&] {
    if (gateway == name) impl.move_default_route(record, {}, old_gateway);
  });
  impl.runtime.endpoint_up(record.id, impl.endpoint_document(endpoint, gateway == name));
  ScopeGuard down(
      [&] { impl.runtime.endpoint_down(record.id, impl.endpoint_document(endpoint, false)); });
  impl.announce(*entry, record, endpoint);
  down.dismiss();
  route_back.dismiss();
  commit();
  if (gateway == name) impl.repoint_ports(record);
}

void Networks::disconnect(domain::ContainerRecord& record, const std::string& network) {
  Impl& impl = *impl_;
  const EntryPtr entry = impl.find(network);
  const std::string name = entry ? entry->record->name : network;
  if (record.host_config.network_mode == "host" && name == "host")
    throw Error(Errc::invalid,
                "container cannot be disconnected from host network or connected to host network");
  const std::string key = key_of(record, entry ? entry->record.get() : nullptr, network);
  const bool running = has_stack(record);
  if (key.empty())
    throw Error(Errc::internal, "container " + record.id + " is not connected to " +
                                    (running ? "network " : "the network ") + name);
  if (!running) {
    record.endpoints.erase(key);
    return;
  }
  const std::string old_gateway = impl.gateway_network(record);
  domain::Endpoint endpoint = record.endpoints.at(key);
  if (!endpoint.ip_address.empty())
    impl.runtime.endpoint_down(record.id, impl.endpoint_document(endpoint, key == old_gateway));
  record.endpoints.erase(key);
  if (entry) impl.withdraw(*entry, record, endpoint);
  impl.leave(record, endpoint);
  if (old_gateway == key) {
    impl.move_default_route(record, {}, impl.gateway_network(record));
    impl.repoint_ports(record);
  }
  if (entry) impl.publish_event("disconnect", *entry->record, record.id);
}

void Networks::renamed(domain::ContainerRecord& record, const std::string& old_name) {
  Impl& impl = *impl_;
  if (record.name == old_name) return;
  for (auto& [name, endpoint] : record.endpoints) {
    const EntryPtr entry = impl.find_id(endpoint.network_id);
    if (!entry || endpoint.endpoint_id.empty()) continue;
    {
      const std::lock_guard lock(impl.mutex);
      if (const auto it = entry->members.find(record.id); it != entry->members.end())
        it->second.shown.container_name = record.name;
    }
    endpoint.dns_names = domain::dns_names_of(*entry->record, record, endpoint);
    impl.withdraw(*entry, record, endpoint);
    impl.announce(*entry, record, endpoint);
  }
}

}  // namespace gantry::services
