// The networks that are always there, and the default one by what the configuration says of it.
#include "core/base/error.hpp"
#include "core/base/log.hpp"
#include "core/base/random.hpp"
#include "core/services/networks/networks_impl.hpp"

namespace gantry::services {
namespace {

using domain::IpFamily;

domain::IpamPool pool_of(const domain::IpPrefix& subnet, domain::IpAddress gateway) {
  if (gateway == subnet.address) ++gateway.number;
  return {subnet.str(), "", gateway.str(), {}, true};
}

/// As with Docker's `bip`, an address with host bits is the gateway's own.
domain::IpamPool pool_of(const std::string& text, IpFamily family, const char* setting) {
  const auto cidr = domain::parse_cidr(text);
  if (!cidr || cidr->prefix.family() != family)
    throw Error(Errc::invalid, std::string(setting) + ": invalid CIDR block \"" + text + "\"");
  return pool_of(cidr->prefix, cidr->address);
}

/// Two networks have neither a bridge nor addresses in common.
void check_apart(const domain::NetworkRecord& record, const domain::NetworkRecord& other) {
  if (!other.bridge.empty() && other.bridge == record.bridge)
    throw Error(Errc::conflict, "network " + other.name + " has the bridge " + other.bridge);
  for (const domain::IpamPool& pool : record.pools) {
    const auto subnet = domain::parse_prefix(pool.subnet);
    for (const domain::IpamPool& taken : other.pools) {
      const auto used = domain::parse_prefix(taken.subnet);
      if (subnet && used && subnet->overlaps(*used))
        throw Error(Errc::conflict, pool.subnet + " overlaps with network " + other.name);
    }
  }
}

}  // namespace

domain::IpamPool Networks::Impl::chosen_pool(IpFamily family, const std::string& engine) {
  std::vector<domain::IpPrefix> taken;
  {
    const std::lock_guard lock(mutex);
    taken = subnets_locked();
  }
  for (const domain::IpPrefix& used : foreign_subnets()) taken.push_back(used);
  auto from = sources;
  if (family == IpFamily::v6) from.push_back(domain::ula_source(engine));
  const auto subnet = domain::choose_subnet(from, family, taken);
  if (!subnet)
    throw Error(Errc::exhausted, "no free subnet for the default network in the address pools");
  return pool_of(*subnet, subnet->address);
}

domain::NetworkRecord Networks::Impl::default_network(domain::NetworkRecord record) {
  const auto pool = [&](const std::string& wanted, IpFamily family, const char* setting) {
    if (!wanted.empty() && wanted != kAnySubnet) return pool_of(wanted, family, setting);
    const domain::IpamPool* present = record.find_pool(family);
    return present != nullptr ? *present : chosen_pool(family, record.id);
  };
  record.bridge = settings.default_bridge;
  record.options = {
      {domain::kOptionDefault, "true"},       {domain::kOptionIcc, "true"},
      {domain::kOptionMasquerade, "true"},    {domain::kOptionHostBinding, "0.0.0.0"},
      {domain::kOptionBridge, record.bridge}, {domain::kOptionMtu, std::to_string(settings.mtu)}};
  for (const auto& options : {settings.options, settings.default_options})
    for (const auto& [name, value] : options)
      if (name != domain::kOptionEnableIpv4 && name != domain::kOptionEnableIpv6)
        record.options[name] = value;  // its families are those of its subnets
  std::vector<domain::IpamPool> pools = {
      pool(settings.default_subnet, IpFamily::v4, "network.subnet")};
  const bool ipv6 = !settings.default_subnet6.empty();
  if (ipv6) pools.push_back(pool(settings.default_subnet6, IpFamily::v6, "network.subnet6"));
  record.enable_ipv6 = ipv6;
  record.pools = std::move(pools);
  return record;
}

void Networks::Impl::make_predefined() {
  std::vector<state::Journal::Change> changes;
  const auto add = [&](const char* name, const char* driver) {
    if (ids_by_name.count(name) > 0) return;
    domain::NetworkRecord record;
    record.id = random_hex();
    record.name = name;
    record.driver = driver;
    record.created = now_nanos();
    record.predefined = true;
    if (is_default_bridge(record)) record = default_network(std::move(record));
    auto entry = std::make_shared<NetworkEntry>();
    entry->record = std::make_shared<const domain::NetworkRecord>(record);
    changes.push_back({kNetworkKind, record.id, domain::to_journal(record)});
    insert_locked(entry);
  };
  add("bridge", "bridge");
  add("host", "host");
  add("none", "null");
  if (!changes.empty()) journal.apply(changes);
}

void Networks::Impl::follow_settings() {
  const EntryPtr entry = get("bridge");
  const domain::NetworkRecord& old = *entry->record;
  domain::NetworkRecord record = default_network(old);
  std::string document = domain::to_journal(record);
  if (document == domain::to_journal(old)) return;
  {
    const std::lock_guard lock(mutex);
    if (!entry->members.empty()) throw Error(Errc::conflict, "containers run on it");
    for (const auto& [id, other] : by_id)
      if (id != old.id) check_apart(record, *other->record);
  }
  // What a daemon left of it that was killed, or whose containers ended later.
  if (runtime.has_network()) remove_for_sure(data_plane_bridge(old));
  journal.apply({{kNetworkKind, old.id, std::move(document)}});
  const auto next = std::make_shared<NetworkEntry>();
  next->record = std::make_shared<const domain::NetworkRecord>(std::move(record));
  const std::lock_guard lock(mutex);
  insert_locked(next);
}

void Networks::follow_settings() noexcept {
  try {
    impl_->follow_settings();
  } catch (const std::exception& error) {
    log::warn("the default network does not follow its settings: " + std::string(error.what()));
  }
}

void Networks::raise_default() noexcept {
  try {
    const EntryPtr entry = impl_->find("bridge");
    if (!entry || entry->up || !impl_->runtime.has_network()) return;
    const state::Lease lease = impl_->leases.take(entry->record->id);
    impl_->raise_network(*entry);
  } catch (const std::exception& error) {
    log::warn("the default network is not there: " + std::string(error.what()));
  }
}

}  // namespace gantry::services
