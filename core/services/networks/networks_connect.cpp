// Membership of containers that exist already (behaviours.md 11.5).
#include <set>

#include "core/base/error.hpp"
#include "core/base/log.hpp"
#include "core/base/scope_guard.hpp"
#include "core/domain/endpoint_check.hpp"
#include "core/domain/gateway_choice.hpp"
#include "core/services/networks/networks_impl.hpp"

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

/// Names of the endpoints that own a default route.
std::set<std::string> ways_out(const domain::ContainerRecord& record) {
  return {domain::gateway_endpoint(record.endpoints, domain::IpFamily::v4),
          domain::gateway_endpoint(record.endpoints, domain::IpFamily::v6)};
}

template <class Step>
void attempt(const domain::ContainerRecord& record, const char* what, Step step) noexcept {
  try {
    step();
  } catch (const std::exception& error) {
    if (has_ended(error)) return;
    log::error("container " + record.id + ": " + what + ": " + error.what());
  }
}

bool has_stack(const domain::ContainerRecord& record) {
  return record.state.running() && !record.state.restarting && !record.sandbox_id.empty();
}

}  // namespace

void Networks::Impl::lower(const domain::ContainerRecord& record,
                           const domain::Endpoint& endpoint) {
  try {
    runtime.endpoint_down(record.id, endpoint_document(record, endpoint));
  } catch (const Error& error) {
    if (!has_ended(error)) throw;
  }
}

void Networks::Impl::settle_routes(const domain::ContainerRecord& record) {
  for (const std::string& name : ways_out(record))
    if (!name.empty()) raise(record, record.endpoints.at(name));
}

void Networks::connect(domain::ContainerRecord& record, const std::string& network,
                       const domain::Endpoint& wanted) {
  Impl& impl = *impl_;
  const EntryPtr entry = impl.get(network);
  const std::string name = entry->record->name;
  domain::Endpoint endpoint = wanted;
  endpoint.network = name;
  domain::check_endpoint(*entry->record, endpoint);
  check_connectable(record, *entry->record);
  const std::string existing = key_of(record, entry->record.get(), network);
  if (has_stack(record)) {
    if (!existing.empty())
      throw Error(Errc::permission,
                  "endpoint with name " + record.name + " already exists in network " + name);
    try {
      return impl.connect_running(*entry, record, endpoint);
    } catch (const Error& error) {
      if (!has_ended(error)) throw;
      log::debug("container " + record.id + " ended while it was connected: " + error.what());
    }
  }
  // It is connected already: what was asked for then stays, unless other things are asked for.
  if (!existing.empty() && !wanted.asks_for_anything()) return;
  if (!existing.empty()) record.endpoints.erase(existing);
  endpoint.dns_names = domain::dns_names_of(*entry->record, record, endpoint);
  record.endpoints[name] = std::move(endpoint);
}

void Networks::Impl::connect_running(NetworkEntry& entry, domain::ContainerRecord& record,
                                     domain::Endpoint endpoint) {
  join(entry, record, endpoint);
  ScopeGuard leaves([&] { leave(record, endpoint); });
  const std::string name = endpoint.network;
  if (entry.attaches()) {
    endpoint.interface_name = free_interface_name(record, entry, endpoint);
    ensure_up(entry);
    domain::ContainerRecord next = record;
    next.endpoints[name] = endpoint;
    ScopeGuard down([&] {
      runtime.endpoint_down(record.id, endpoint_document(next, endpoint));
      settle_routes(record);
    });
    // A default route that it brings replaces that of another endpoint.
    raise(next, endpoint);
    const PublishedAddresses before = published_addresses(record);
    repoint_ports(next, before);
    ScopeGuard back([&] { restore_ports(record, before); });
    announce(entry, record, endpoint);
    back.dismiss();
    down.dismiss();
    record.published = std::move(next.published);
  }
  leaves.dismiss();
  record.endpoints[name] = std::move(endpoint);
  publish_event("connect", *entry.record, record.id);
  refresh_files(record);
}

MembershipIntent Networks::plan_connect(const domain::ContainerRecord& record,
                                        const std::string& network,
                                        const domain::Endpoint& endpoint) const {
  const EntryPtr entry = impl_->get(network);
  if (!has_stack(record) || !entry->attaches()) return {entry->record->id, {}};
  return {entry->record->id, free_interface_name(record, *entry, endpoint)};
}

void Networks::repair(const domain::ContainerRecord& record,
                      const MembershipIntent& intent) noexcept {
  Impl& impl = *impl_;
  try {
    bool known = intent.interface_name.empty();
    for (const auto& [name, endpoint] : record.endpoints) {
      known = known || endpoint.interface_name == intent.interface_name;
      if (!endpoint.interface_name.empty())
        attempt(record, "an endpoint", [&, &raised = endpoint] { impl.raise(record, raised); });
    }
    if (!known) {
      domain::Endpoint half_made;
      half_made.network_id = intent.network_id;
      half_made.interface_name = intent.interface_name;
      attempt(record, "what was half made", [&] {
        impl.runtime.endpoint_down(record.id, impl.endpoint_document(record, half_made));
      });
    }
    impl.restore_ports(record, impl.published_addresses(record));
  } catch (const std::exception& error) {
    log::warn("container " + record.id + ": its networks: " + error.what());
  }
}

void Networks::disconnect(domain::ContainerRecord& record, const std::string& network) {
  Impl& impl = *impl_;
  const EntryPtr entry = impl.find(network);
  const std::string name = entry ? entry->record->name : network;
  if (record.host_config.network_mode == "host" && name == "host")
    throw Error(Errc::invalid,
                "cannot disconnect container from host network - container was created in host "
                "network mode");
  const std::string key = key_of(record, entry ? entry->record.get() : nullptr, network);
  const bool running = has_stack(record);
  if (key.empty() && !entry && running)
    throw Error(Errc::not_found, "network " + network + " not found");
  if (key.empty())
    throw Error(Errc::internal, "container " + record.id + " is not connected to " +
                                    (running ? "network " : "the network ") + name);
  if (!running) {
    record.endpoints.erase(key);
    if (entry) impl.publish_event("disconnect", *entry->record, record.id);
    return;
  }
  const PublishedAddresses before = impl.published_addresses(record);
  const bool was_way_out = ways_out(record).count(key) > 0;
  domain::Endpoint endpoint = record.endpoints.at(key);
  if (entry && entry->attaches()) impl.lower(record, endpoint);
  record.endpoints.erase(key);
  if (entry) impl.withdraw(*entry, record, endpoint);
  // It has left, whatever becomes of the rest; nothing is open at its address when others get it.
  attempt(record, "its published ports", [&] {
    try {
      impl.repoint_ports(record, before);
    } catch (const Error&) {
      impl.close_ports(record.id);
      impl.ledger.release(record.id);
      record.published.clear();
      throw;
    }
  });
  impl.leave(record, endpoint);
  if (was_way_out) attempt(record, "its default route", [&] { impl.settle_routes(record); });
  impl.refresh_files(record);
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
    impl.announce(*entry, record, endpoint);  // replaces: no name is missing for a moment
  }
}

}  // namespace gantry::services
