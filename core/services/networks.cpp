#include "core/services/networks.hpp"

#include <algorithm>

#include "core/base/error.hpp"
#include "core/base/log.hpp"
#include "core/base/random.hpp"
#include "core/ports/host_ports.hpp"
#include "core/services/network_documents.hpp"
#include "core/services/networks_impl.hpp"

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

void Networks::Impl::make_predefined() {
  std::vector<state::Journal::Change> changes;
  const auto add = [&](const char* name, const char* driver, const auto& complete) {
    if (ids_by_name.count(name) > 0) return;
    domain::NetworkRecord record;
    record.id = random_hex();
    record.name = name;
    record.driver = driver;
    record.created = now_nanos();
    record.predefined = true;
    complete(record);
    auto entry = std::make_shared<NetworkEntry>();
    entry->record = std::make_shared<const domain::NetworkRecord>(record);
    changes.push_back({kNetworkKind, record.id, domain::to_journal(record)});
    insert_locked(entry);
  };
  add("bridge", "bridge", [&](domain::NetworkRecord& record) {
    record.bridge = settings.default_bridge;
    record.options = {{kOptionDefault, "true"},       {kOptionIcc, "true"},
                      {kOptionMasquerade, "true"},    {kOptionHostIp, "0.0.0.0"},
                      {kOptionBridge, record.bridge}, {kOptionMtu, std::to_string(settings.mtu)}};
    std::optional<domain::Ipv4Prefix> subnet;
    domain::Ipv4 gateway = 0;
    if (!settings.default_subnet.empty()) {
      // As with Docker's `bip`, an address with host bits is the gateway's own.
      const auto cidr = domain::parse_ipv4_cidr(settings.default_subnet);
      if (!cidr)
        throw Error(Errc::invalid,
                    "network.subnet: invalid CIDR block \"" + settings.default_subnet + "\"");
      subnet = cidr->prefix;
      gateway = cidr->address;
    } else {
      auto taken = subnets_locked();
      if (runtime.has_network())
        for (const std::string& used : runtime.used_subnets())
          if (const auto cidr = domain::parse_ipv4_cidr(used); cidr && cidr->prefix.length > 0)
            taken.push_back(cidr->prefix);
      subnet = domain::choose_subnet(sources, taken);
      if (!subnet)
        throw Error(Errc::exhausted, "no free subnet for the default network in the address pools");
    }
    if (gateway == 0 || gateway == subnet->address) gateway = subnet->address + 1;
    record.pools = {{subnet->str(), "", domain::to_string_ipv4(gateway), {}}};
  });
  add("host", "host", [](domain::NetworkRecord&) {});
  add("none", "null", [](domain::NetworkRecord&) {});
  if (!changes.empty()) journal.apply(changes);
}

void Networks::Impl::insert_locked(const EntryPtr& entry) {
  const domain::NetworkRecord& record = *entry->record;
  if (record.driver == "bridge" && !record.pools.empty()) {
    const domain::IpamPool& pool = record.pools.front();
    const auto subnet = domain::parse_ipv4_prefix(pool.subnet);
    if (!subnet) throw Error(Errc::invalid, "subnet " + pool.subnet);
    const auto range = domain::parse_ipv4_prefix(pool.ip_range);
    entry->addresses.emplace(*subnet, range.value_or(*subnet));
    if (const auto gateway = domain::parse_ipv4(pool.gateway)) entry->addresses->try_take(*gateway);
    for (const auto& [name, address] : pool.auxiliary_addresses)
      if (const auto taken = domain::parse_ipv4(address)) entry->addresses->try_take(*taken);
  }
  by_id[record.id] = entry;
  ids_by_name[record.name] = record.id;
}

std::vector<domain::Ipv4Prefix> Networks::Impl::subnets_locked() const {
  std::vector<domain::Ipv4Prefix> subnets;
  for (const auto& [id, entry] : by_id)
    if (entry->addresses) subnets.push_back(entry->addresses->subnet());
  return subnets;
}

EntryPtr Networks::Impl::find_locked(const std::string& reference) const {
  if (reference.empty()) return nullptr;
  if (const auto it = by_id.find(reference); it != by_id.end()) return it->second;
  if (const auto it = ids_by_name.find(reference); it != ids_by_name.end())
    return by_id.at(it->second);
  EntryPtr found;
  size_t matches = 0;
  for (auto it = by_id.lower_bound(reference);
       it != by_id.end() && it->first.starts_with(reference); ++it, ++matches)
    found = it->second;
  if (matches > 1)
    throw Error(Errc::invalid, "network " + reference + " is ambiguous (" +
                                   std::to_string(matches) + " matches found based on ID prefix)");
  return found;
}

EntryPtr Networks::Impl::find(const std::string& reference) const {
  const std::lock_guard lock(mutex);
  return find_locked(reference);
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

void Networks::Impl::ensure_up(NetworkEntry& entry) {
  if (entry.up.load(std::memory_order_acquire)) return;
  const domain::NetworkRecord& record = *entry.record;
  const state::Lease lease = leases.take(record.id);
  if (entry.up.load(std::memory_order_acquire)) return;
  if (record.driver == "bridge") {
    runtime.network_up(data_plane_network(record, settings.mtu));
    names.network_added(name_service_network(record, is_default_bridge(record)));
  }
  entry.up.store(true, std::memory_order_release);
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
