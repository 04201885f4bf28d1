#include "core/services/networks/networks.hpp"

#include <algorithm>

#include "core/base/error.hpp"
#include "core/base/log.hpp"
#include "core/domain/parent_link.hpp"
#include "core/ports/host_ports.hpp"
#include "core/services/networks/networks_impl.hpp"

namespace gantry::services {

bool is_default_bridge(const domain::NetworkRecord& network) {
  return network.predefined && network.driver == "bridge";
}

Networks::Impl::Impl(NetworkSettings s, state::Journal& j, state::EventBus& e,
                     pluginhost::Runtime& r, pluginhost::NameService& n)
    : settings(std::move(s)),
      journal(j),
      events(e),
      runtime(r),
      names(n),
      ledger(ports::ephemeral_range(), ports::is_bindable) {
  for (const std::string& pool : settings.pools)
    sources.push_back(domain::parse_subnet_source(pool));
  if (sources.empty()) sources = domain::default_subnet_sources();
}

Networks::Networks(NetworkSettings settings, state::Journal& journal, state::EventBus& events,
                   pluginhost::Runtime& runtime, pluginhost::NameService& names)
    : impl_(std::make_unique<Impl>(std::move(settings), journal, events, runtime, names)) {
  impl_->load();
  impl_->make_predefined();
}

Networks::~Networks() = default;

void Networks::Impl::load() {
  journal.each(kNetworkKind, [&](const std::string& id, std::string document) {
    try {
      auto entry = std::make_shared<NetworkEntry>();
      entry->record = std::make_shared<const domain::NetworkRecord>(
          domain::network_from_journal(std::move(document)));
      insert_locked(entry);
    } catch (const Error& error) {
      log::error("network " + id +
                 ": its record cannot be read and is left alone: " + error.what());
    }
  });
}

std::vector<domain::IpPrefix> Networks::Impl::foreign_subnets() {
  std::vector<domain::IpPrefix> prefixes;
  if (!runtime.has_network()) return prefixes;
  for (const std::string& used : runtime.used_subnets())
    if (const auto cidr = domain::parse_cidr(used); cidr && cidr->prefix.length > 0)
      prefixes.push_back(cidr->prefix);
  return prefixes;
}

namespace {

std::optional<domain::AddressPool> make_pool(const domain::NetworkRecord& record,
                                             domain::IpFamily family) {
  const domain::IpamPool* pool = record.find_pool(family);
  if (pool == nullptr) return std::nullopt;
  const auto subnet = domain::parse_prefix(pool->subnet);
  if (!subnet) throw Error(Errc::invalid, "subnet " + pool->subnet);
  domain::AddressPool addresses(*subnet, domain::parse_prefix(pool->ip_range).value_or(*subnet));
  if (const auto gateway = domain::parse_ip(pool->gateway)) addresses.try_take(*gateway);
  for (const auto& [name, address] : pool->auxiliary_addresses)
    if (const auto taken = domain::parse_ip(address)) addresses.try_take(*taken);
  return addresses;
}

}  // namespace

void Networks::Impl::insert_locked(const EntryPtr& entry) {
  const domain::NetworkRecord& record = *entry->record;
  if (record.attaches()) {
    if (record.driver == "bridge") entry->options = domain::parse_bridge_options(record.options);
    entry->addresses = make_pool(record, domain::IpFamily::v4);
    entry->addresses6 = make_pool(record, domain::IpFamily::v6);
  }
  by_id[record.id] = entry;
  ids_by_name[record.name] = record.id;
}

std::vector<domain::IpPrefix> Networks::Impl::subnets_locked() const {
  std::vector<domain::IpPrefix> subnets;
  for (const auto& [id, entry] : by_id) {
    if (entry->addresses) subnets.push_back(entry->addresses->subnet());
    if (entry->addresses6) subnets.push_back(entry->addresses6->subnet());
  }
  return subnets;
}

Networks::Impl::Match Networks::Impl::match(const std::string& reference) const {
  if (reference.empty()) return {};
  const std::lock_guard lock(mutex);
  if (const auto it = by_id.find(reference); it != by_id.end()) return {it->second, 1};
  if (const auto it = ids_by_name.find(reference); it != ids_by_name.end())
    return {by_id.at(it->second), 1};
  Match found;
  for (auto it = by_id.lower_bound(reference);
       it != by_id.end() && it->first.starts_with(reference); ++it)
    found = {it->second, found.count + 1};
  return found;
}

EntryPtr Networks::Impl::find(const std::string& reference) const {
  Match found = match(reference);
  if (found.count > 1)
    throw Error(Errc::invalid, "network " + reference + " is ambiguous (" +
                                   std::to_string(found.count) +
                                   " matches found based on ID prefix)");
  return std::move(found.entry);
}

EntryPtr Networks::Impl::find_stored(const std::string& reference) const {
  Match found = match(reference);
  return found.count > 1 ? nullptr : std::move(found.entry);
}

EntryPtr Networks::Impl::find_id(const std::string& id) const {
  const std::lock_guard lock(mutex);
  const auto it = by_id.find(id);
  return it == by_id.end() ? nullptr : it->second;
}

EntryPtr Networks::Impl::get(const std::string& reference) const {
  EntryPtr entry = find(reference);
  if (!entry) throw Error(Errc::not_found, "network " + reference + " not found");
  return entry;
}

void Networks::Impl::require_present(const NetworkEntry& entry) const {
  const std::lock_guard lock(mutex);
  if (entry.removing) throw Error(Errc::not_found, "network " + entry.record->name + " not found");
}

void Networks::Impl::ensure_up(NetworkEntry& entry) {
  if (entry.up.load(std::memory_order_acquire)) return;
  const domain::NetworkRecord& record = *entry.record;
  const state::Lease lease = leases.take(record.id);
  if (entry.up.load(std::memory_order_acquire)) return;
  require_present(entry);
  if (entry.attaches()) {
    raise_network(entry);
    names.network_added(name_service_network(record, is_default_bridge(record)));
  }
  entry.up.store(true, std::memory_order_release);
}

void Networks::Impl::mend(NetworkEntry& entry) {
  const state::Lease lease = leases.take(entry.record->id);
  require_present(entry);
  raise_network(entry);
}

std::optional<state::Lease> Networks::Impl::lease_parent(const domain::NetworkRecord& record) {
  if (!domain::has_parent_link(record.driver)) return std::nullopt;
  return leases.take("parent " + domain::parent_interface(record));
}

void Networks::Impl::raise_network(const NetworkEntry& entry) {
  const auto parent = lease_parent(*entry.record);
  try {
    runtime.network_up(data_plane_network(*entry.record, entry.options));
  } catch (const Error& error) {
    // Not the network or container that the client has named.
    if (error.code() == Errc::not_found) throw Error(Errc::invalid, error.what());
    throw;
  }
}

void Networks::Impl::publish_event(const std::string& action, const domain::NetworkRecord& network,
                                   const std::string& container_id) {
  domain::Event event;
  event.type = "network";
  event.action = action;
  event.actor_id = network.id;
  event.attributes = {{"name", network.name}, {"type", network.driver}};
  if (!container_id.empty()) event.attributes["container"] = container_id;
  events.publish(std::move(event));
}

RecordPtr Networks::get(const std::string& reference) const {
  return impl_->get(reference)->record;
}

RecordPtr Networks::find(const std::string& reference) const {
  const EntryPtr entry = impl_->find(reference);
  return entry ? entry->record : nullptr;
}

std::vector<RecordPtr> Networks::list() const {
  std::vector<RecordPtr> records;
  {
    const std::lock_guard lock(impl_->mutex);
    for (const auto& [id, entry] : impl_->by_id) records.push_back(entry->record);
  }
  std::sort(records.begin(), records.end(), [](const RecordPtr& a, const RecordPtr& b) {
    return std::tie(a->created, a->name) < std::tie(b->created, b->name);
  });
  return records;
}

std::map<std::string, domain::NetworkMember> Networks::members(
    const std::string& network_id) const {
  std::map<std::string, domain::NetworkMember> shown;
  const std::lock_guard lock(impl_->mutex);
  if (const auto it = impl_->by_id.find(network_id); it != impl_->by_id.end())
    for (const auto& [id, member] : it->second->members) shown.emplace(id, member.shown);
  return shown;
}

}  // namespace gantry::services
