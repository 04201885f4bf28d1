// The network stack of a container from start to end.
#include <algorithm>
#include <set>

#include "core/base/error.hpp"
#include "core/base/log.hpp"
#include "core/base/random.hpp"
#include "core/base/scope_guard.hpp"
#include "core/domain/endpoint_options.hpp"
#include "core/domain/joined_containers.hpp"
#include "core/services/networks/networks_impl.hpp"

namespace gantry::services {
namespace {

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

std::string free_interface_name(const domain::ContainerRecord& record, const NetworkEntry& entry,
                                const domain::Endpoint& endpoint) {
  std::set<std::string> taken;
  for (const auto& [name, other] : record.endpoints)
    if (&other != &endpoint) taken.insert(other.interface_name);
  if (std::string wanted = domain::endpoint_interface(endpoint); !wanted.empty()) {
    if (wanted.size() > 15) throw Error(Errc::invalid, "invalid interface name \"" + wanted + "\"");
    if (wanted == "lo" || taken.count(wanted) > 0)
      throw Error(Errc::invalid, "error renaming interface to \"" + wanted + "\": file exists");
    return wanted;
  }
  const std::string& prefix = entry.options.interface_prefix;
  for (int i = 0;; ++i)
    if (std::string name = prefix + std::to_string(i); taken.count(name) == 0) return name;
}

void Networks::Impl::raise_sandbox(const domain::ContainerRecord& record, std::string_view mode,
                                   const std::vector<domain::Endpoint*>& endpoints) {
  std::vector<std::string> documents;
  for (const domain::Endpoint* endpoint : endpoints)
    if (!endpoint->interface_name.empty())
      documents.push_back(endpoint_document(record, *endpoint));
  const std::string document = sandbox_document(mode, {}, documents);
  try {
    runtime.sandbox_up(record.id, document);
  } catch (const Error& error) {
    // A bridge is missing that this process once made.
    if (error.code() != Errc::not_found || documents.empty()) throw;
    for (const domain::Endpoint* endpoint : endpoints)
      if (const EntryPtr entry = find_id(endpoint->network_id); entry && entry->attaches())
        mend(*entry);
    runtime.sandbox_up(record.id, document);
  }
}

void Networks::Impl::bring_up_private(domain::ContainerRecord& record, const std::string& mode) {
  // Without endpoints it has been taken off all networks, and stays so.
  if (record.config.network_disabled) {
    record.endpoints.clear();
    record.endpoints[mode].network = mode;
  }
  std::map<std::string, EntryPtr> entries;
  for (const auto& [key, endpoint] : record.endpoints) entries.emplace(key, get(key));
  const EntryPtr first = find_stored(mode);
  key_by_name(record, entries);

  ScopeGuard undo([&] { tear_down(record, false); });
  record.sandbox_id = random_hex();
  const auto ordered = in_interface_order(record, first ? first->record->name : std::string());
  for (domain::Endpoint* endpoint : ordered) {
    const EntryPtr entry = get(endpoint->network);
    join(*entry, record, *endpoint);
    if (entry->attaches())
      endpoint->interface_name = free_interface_name(record, *entry, *endpoint);
    ensure_up(*entry);
  }
  raise_sandbox(record, mode == "host" ? "host" : "private", ordered);
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
  const auto joined = domain::joined_container(mode);
  if (!joined) {
    try {
      impl_->bring_up_private(record, mode);
    } catch (const Error& error) {
      throw Error(error.code(),
                  "failed to set up container networking: " + std::string(error.what()),
                  error.os_errno());
    }
    return;
  }
  const auto& resolve = impl_->settings.resolve_container;
  const std::string other = resolve ? resolve(record.id, mode) : *joined;
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

void Networks::clear_stack_of_guest(const domain::ContainerRecord& ended,
                                    const std::string& guest) noexcept {
  for (const auto& [name, endpoint] : ended.endpoints) {
    if (endpoint.endpoint_id.empty()) continue;
    try {
      const EntryPtr entry = impl_->find_id(endpoint.network_id);
      if (entry && entry->attaches())
        impl_->runtime.endpoint_down(guest, impl_->endpoint_document(ended, endpoint));
    } catch (const Error& error) {
      if (!has_ended(error) && error.code() != Errc::not_found)
        log::warn("container " + guest + ": the interface of " + ended.id + " on network " + name +
                  " stays: " + error.what());
    }
  }
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
      member.address = domain::parse_ip(endpoint.ip_address);
      member.address6 = domain::parse_ip(endpoint.ip6_address);
      member.shown.ipv4_address = endpoint.cidr();
      member.shown.ipv6_address = endpoint.cidr6();
      if (member.address && entry->addresses) entry->addresses->try_take(*member.address);
      if (member.address6 && entry->addresses6) entry->addresses6->try_take(*member.address6);
      entry->members.insert_or_assign(record.id, std::move(member));
    }
    // The container runs, whatever became of its network.
    try {
      impl.ensure_up(*entry);
      impl.announce(*entry, record, endpoint);
    } catch (const Error& error) {
      log::error("container " + record.id + ": its network " + name + ": " + error.what());
    }
  }
}

void Networks::forget(const domain::ContainerRecord& record) noexcept {
  for (const auto& [key, endpoint] : record.endpoints) {
    try {
      EntryPtr entry = impl_->find_id(endpoint.network_id);
      if (!entry) entry = impl_->find_stored(key);
      if (!entry || !entry->attaches()) continue;
      const state::Lease lease = impl_->leases.take(entry->record->id);
      impl_->names.endpoint_removed(entry->record->id, record.id);
    } catch (const std::exception& error) {
      log::warn("container " + record.id + ": its names on network " + key +
                " stay: " + error.what());
    }
  }
}

}  // namespace gantry::services
