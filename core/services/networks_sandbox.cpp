// The network stack of a container from start to end.
#include <algorithm>
#include <set>

#include "core/base/error.hpp"
#include "core/base/log.hpp"
#include "core/base/random.hpp"
#include "core/base/scope_guard.hpp"
#include "core/services/network_documents.hpp"
#include "core/services/networks_impl.hpp"

namespace gantry::services {
namespace {

constexpr std::string_view kContainerMode = "container:";

/// Makes the keys of record.endpoints names of networks: the client may have written ids.
void key_by_name(domain::ContainerRecord& record, const std::map<std::string, EntryPtr>& entries) {
  std::map<std::string, domain::Endpoint> named;
  for (auto& [key, endpoint] : record.endpoints) {
    endpoint.network = entries.at(key)->record->name;
    named.emplace(endpoint.network, std::move(endpoint));
  }
  record.endpoints = std::move(named);
}

/// The network of the network mode first, then by name: eth0, eth1, …
std::vector<domain::Endpoint*> in_interface_order(domain::ContainerRecord& record,
                                                  const std::string& first) {
  std::vector<domain::Endpoint*> ordered;
  for (auto& [name, endpoint] : record.endpoints) {
    if (name == first)
      ordered.insert(ordered.begin(), &endpoint);
    else
      ordered.push_back(&endpoint);
  }
  return ordered;
}

}  // namespace

std::string free_interface_name(const domain::ContainerRecord& record,
                                const domain::NetworkRecord& network,
                                const domain::Endpoint& endpoint) {
  std::set<std::string> taken;
  for (const auto& [name, other] : record.endpoints) taken.insert(other.interface_name);
  if (endpoint.driver_opts)
    if (const auto it = endpoint.driver_opts->find(kEndpointInterface);
        it != endpoint.driver_opts->end()) {
      if (it->second.empty() || it->second.size() > 15 || taken.count(it->second) > 0)
        throw Error(Errc::invalid, "invalid interface name \"" + it->second + "\"");
      return it->second;
    }
  const auto option = network.options.find(kOptionPrefix);
  const std::string prefix = option == network.options.end() ? "eth" : option->second;
  for (int i = 0;; ++i)
    if (std::string name = prefix + std::to_string(i); taken.count(name) == 0) return name;
}

void Networks::Impl::bring_up_private(domain::ContainerRecord& record, const std::string& mode) {
  if (record.config.network_disabled) record.endpoints.clear();
  if (record.endpoints.empty()) record.endpoints[mode].network = mode;
  std::map<std::string, EntryPtr> entries;
  for (const auto& [key, endpoint] : record.endpoints) entries.emplace(key, get(key));
  const EntryPtr first = find(mode);
  key_by_name(record, entries);

  ScopeGuard undo([&] { tear_down(record, false); });
  record.sandbox_id = random_hex();
  const auto ordered = in_interface_order(record, first ? first->record->name : std::string());
  for (domain::Endpoint* endpoint : ordered) {
    const EntryPtr entry = get(endpoint->network);
    join(*entry, record, *endpoint);
    if (entry->addresses)
      endpoint->interface_name = free_interface_name(record, *entry->record, *endpoint);
    ensure_up(*entry);
  }
  const std::string gateway = gateway_network(record);
  std::vector<std::string> documents;
  for (const domain::Endpoint* endpoint : ordered)
    if (!endpoint->ip_address.empty())
      documents.push_back(endpoint_document(*endpoint, endpoint->network == gateway));
  runtime.sandbox_up(record.id,
                     sandbox_document(mode == "host" ? "host" : "private", {}, documents));
  for (const domain::Endpoint* endpoint : ordered)
    announce(*find_id(endpoint->network_id), record, *endpoint);
  for (const domain::Endpoint* endpoint : ordered)
    publish_event("connect", *find_id(endpoint->network_id)->record, record.id);
  undo.dismiss();
}

void Networks::bring_up(domain::ContainerRecord& record) {
  // What a daemon that died left of an earlier run.
  if (!record.sandbox_id.empty()) take_down(record);
  const std::string mode =
      record.config.network_disabled ? "none" : record.host_config.network_mode;
  if (!mode.starts_with(kContainerMode)) {
    try {
      impl_->bring_up_private(record, mode);
    } catch (const Error& error) {
      throw Error(error.code(),
                  "failed to set up container networking: " + std::string(error.what()),
                  error.os_errno());
    }
    return;
  }
  std::string other = mode.substr(kContainerMode.size());
  if (impl_->settings.resolve_container) other = impl_->settings.resolve_container(other);
  impl_->runtime.sandbox_up(record.id, sandbox_document("container", other, {}));
  record.sandbox_id = random_hex();
}

void Networks::Impl::tear_down(domain::ContainerRecord& record, bool with_events) noexcept {
  const auto attempt = [&](const char* step, const auto& undo) {
    try {
      undo();
    } catch (const std::exception& error) {
      log::warn("container " + record.id + ": " + step + ": " + error.what());
    }
  };
  if (!record.published.empty()) {
    attempt("unpublishing ports", [&] { close_ports(record.id); });
    record.published.clear();
  }
  ledger.release(record.id);
  if (record.sandbox_id.empty()) return;
  attempt("removing its network stack", [&] { runtime.sandbox_down(record.id); });
  for (auto& [name, endpoint] : record.endpoints) {
    if (endpoint.endpoint_id.empty()) continue;
    const EntryPtr entry = find_id(endpoint.network_id);
    if (entry) withdraw(*entry, record, endpoint);
    leave(record, endpoint);
    if (entry && with_events)
      attempt("event", [&] { publish_event("disconnect", *entry->record, record.id); });
  }
  record.sandbox_id.clear();
}

void Networks::take_down(domain::ContainerRecord& record) noexcept {
  impl_->tear_down(record, true);
}

void Networks::adopt(const domain::ContainerRecord& record) {
  Impl& impl = *impl_;
  impl.ledger.adopt(record.id, record.published);
  impl.reopen_ports(record);
  for (const auto& [name, endpoint] : record.endpoints) {
    const EntryPtr entry = impl.find_id(endpoint.network_id);
    if (!entry || endpoint.endpoint_id.empty()) continue;
    {
      const std::lock_guard lock(impl.mutex);
      NetworkEntry::Member member;
      member.shown = {record.name, endpoint.endpoint_id, endpoint.mac_address, "", ""};
      member.address = domain::parse_ipv4(endpoint.ip_address);
      if (member.address && entry->addresses) {
        member.shown.ipv4_address =
            endpoint.ip_address + "/" + std::to_string(endpoint.ip_prefix_len);
        entry->addresses->try_take(*member.address);
      }
      entry->members.insert_or_assign(record.id, std::move(member));
    }
    impl.ensure_up(*entry);
    impl.announce(*entry, record, endpoint);
  }
}

void Networks::forget(const domain::ContainerRecord& record) noexcept {
  for (const auto& [key, endpoint] : record.endpoints) {
    const EntryPtr entry = impl_->find(key);
    if (!entry || !entry->addresses) continue;
    try {
      const state::Lease lease = impl_->leases.take(entry->record->id);
      impl_->names.endpoint_removed(entry->record->id, record.id);
    } catch (const std::exception& error) {
      log::warn("container " + record.id + ": its names on network " + key +
                " stay: " + error.what());
    }
  }
}

}  // namespace gantry::services
