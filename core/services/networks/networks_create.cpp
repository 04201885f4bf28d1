// POST /networks/create (behaviours.md 11.2).
#include <algorithm>

#include "core/base/error.hpp"
#include "core/base/random.hpp"
#include "core/base/scope_guard.hpp"
#include "core/domain/network_request_check.hpp"
#include "core/domain/parent_link.hpp"
#include "core/services/networks/networks_impl.hpp"

namespace gantry::services {
namespace {

using domain::IpFamily;

domain::NetworkRecord make_record(const domain::NetworkRequest& request) {
  domain::NetworkRecord record;
  record.id = random_hex();
  record.name = request.name;
  record.driver = request.config_only ? "null" : request.driver;
  record.created = now_nanos();
  record.internal = request.internal;
  record.attachable = request.attachable;
  record.config_only = request.config_only;
  record.config_from = request.config_from;
  record.enable_ipv4 = domain::wants_ipv4(request);
  record.enable_ipv6 = domain::wants_ipv6(request);
  record.ipam_driver = request.ipam_driver;
  record.ipam_options = request.ipam_options;
  record.options = request.options;
  // Asked for by a field: an option that says otherwise would look wrong in inspect.
  if (request.enable_ipv4) record.options.erase(domain::kOptionEnableIpv4);
  if (request.enable_ipv6) record.options.erase(domain::kOptionEnableIpv6);
  record.labels = request.labels;
  // IPv4 first, as Docker shows them.
  for (const bool ipv6 : {false, true})
    for (const domain::IpamPool& pool : request.pools)
      if (domain::is_ipv6_text(pool.subnet) == ipv6) record.pools.push_back(pool);
  return record;
}

/// Takes over what a network that is a configuration only says.
void apply_configuration(domain::NetworkRecord& record, const domain::NetworkRecord& from) {
  record.enable_ipv4 = from.enable_ipv4;
  record.enable_ipv6 = from.enable_ipv6;
  record.ipam_driver = from.ipam_driver;
  record.ipam_options = from.ipam_options;
  record.pools = from.pools;
  record.options = from.options;
  record.labels = from.labels;
}

/// Where the subnets of a new network may come from, and what they must avoid.
struct SubnetMarket {
  std::vector<domain::IpPrefix> own;      // of this engine's networks
  std::vector<domain::IpPrefix> foreign;  // that the host routes
  const std::vector<domain::SubnetSource>& sources;
  std::string engine;  // names the engine's own block of IPv6 subnets
};

domain::IpPrefix choose(const SubnetMarket& market, IpFamily family) {
  auto taken = market.own;
  taken.insert(taken.end(), market.foreign.begin(), market.foreign.end());
  auto sources = market.sources;
  if (family == IpFamily::v6 &&
      std::none_of(sources.begin(), sources.end(),
                   [](const auto& source) { return source.base.family() == IpFamily::v6; }))
    sources.push_back(domain::ula_source(market.engine));
  const auto subnet = domain::choose_subnet(sources, family, taken);
  if (!subnet) throw Error(Errc::invalid, "all predefined address pools have been fully subnetted");
  return *subnet;
}

/// Completes a pool whose subnet stands: its gateway, and that everything in it can be given out.
void settle_addresses(domain::IpamPool& pool, const domain::IpPrefix& subnet, bool needs_gateway) {
  domain::AddressPool addresses(subnet, domain::parse_prefix(pool.ip_range).value_or(subnet));
  if (const auto gateway = domain::parse_ip(pool.gateway)) {
    if (!addresses.try_take(*gateway))
      throw Error(Errc::internal,
                  "failed to allocate gateway (" + pool.gateway + "): Address already in use");
  } else if (needs_gateway) {
    const auto first = addresses.take_next();
    if (!first)
      throw Error(Errc::internal,
                  "failed to allocate gateway (): No available addresses on this pool");
    pool.gateway = first->str();
    pool.gateway_chosen = true;
  }
  for (const auto& [name, text] : pool.auxiliary_addresses) {
    const auto address = domain::parse_ip(text);
    if (address && !addresses.try_take(*address))
      throw Error(Errc::internal, "failed to allocate secondary ip address (" + name + ":" + text +
                                      "): Address already in use");
  }
}

void settle_family(domain::NetworkRecord& record, IpFamily family, const SubnetMarket& market,
                   bool needs_gateway) {
  const auto mine = [&](const domain::IpamPool& pool) {
    return domain::is_ipv6_text(pool.subnet) == (family == IpFamily::v6);
  };
  if (std::count_if(record.pools.begin(), record.pools.end(), mine) > 1)
    throw Error(Errc::permission, record.driver + " driver doesn't support multiple subnets");
  auto pool = std::find_if(record.pools.begin(), record.pools.end(), mine);
  std::optional<domain::IpPrefix> subnet;
  if (pool == record.pools.end()) {
    subnet = choose(market, family);
    pool = record.pools.insert(family == IpFamily::v4 ? record.pools.begin() : record.pools.end(),
                               {subnet->str(), "", "", {}, true});
  } else {
    subnet = domain::parse_prefix(pool->subnet);
    if (!subnet) throw Error(Errc::invalid, "invalid subnet " + pool->subnet);
    if (std::any_of(market.own.begin(), market.own.end(),
                    [&](const domain::IpPrefix& other) { return other.overlaps(*subnet); }))
      throw Error(Errc::permission,
                  "invalid pool request: Pool overlaps with other one on this address space");
  }
  settle_addresses(*pool, *subnet, needs_gateway);
}

void check_bridge(const domain::NetworkRecord& record, const domain::NetworkRecord& other) {
  if (other.bridge.empty() || other.bridge != record.bridge) return;
  throw Error(Errc::permission, "cannot create network " + record.id + " (" + record.bridge +
                                    "): conflicts with network " + other.id + " (" + other.bridge +
                                    "): networks have same bridge name");
}

bool needs_foreign_subnets(const domain::NetworkRecord& record) {
  return (record.enable_ipv4 && record.find_pool(IpFamily::v4) == nullptr) ||
         (record.enable_ipv6 && record.find_pool(IpFamily::v6) == nullptr);
}

}  // namespace

void Networks::Impl::settle_locked(domain::NetworkRecord& record,
                                   std::vector<domain::IpPrefix> foreign) const {
  domain::BridgeOptions options;
  if (record.driver == "bridge") {
    options = domain::parse_bridge_options(record.options);
    record.bridge = options.bridge.empty() ? "br-" + record.id.substr(0, 12) : options.bridge;
  }
  for (const auto& [id, other] : by_id) {
    if (record.driver == "bridge") check_bridge(record, *other->record);
    domain::check_shared_parent(record, *other->record);
  }
  const auto bridge = ids_by_name.find("bridge");
  const SubnetMarket market{subnets_locked(), std::move(foreign), sources,
                            bridge == ids_by_name.end() ? std::string() : bridge->second};
  // An isolated network needs no gateway, nor one whose gateway would be nobody's.
  const bool routed = domain::is_routed_by_host(record);
  if (record.enable_ipv4)
    settle_family(record, IpFamily::v4, market,
                  !routed && options.mode4 != domain::GatewayMode::isolated &&
                      !(options.inhibit_ipv4 && record.internal));
  if (record.enable_ipv6)
    settle_family(record, IpFamily::v6, market,
                  !routed && options.mode6 != domain::GatewayMode::isolated);
}

RecordPtr Networks::create(const domain::NetworkRequest& given) {
  Impl& impl = *impl_;
  domain::check_network_request(given);
  domain::NetworkRequest request = given;
  if (request.driver == "bridge" && !request.config_only && request.config_from.empty())
    request.options.insert(impl.settings.options.begin(), impl.settings.options.end());
  domain::NetworkRecord record = make_record(request);
  if (!record.config_from.empty()) {
    const EntryPtr from = impl.find(record.config_from);
    if (!from || !from->record->config_only)
      throw Error(Errc::not_found,
                  "configuration network \"" + record.config_from + "\" does not exist");
    record.config_from = from->record->name;
    apply_configuration(record, *from->record);
  }
  std::vector<domain::IpPrefix> foreign;
  if (!record.config_only && needs_foreign_subnets(record)) foreign = impl.foreign_subnets();
  auto entry = std::make_shared<NetworkEntry>();
  {
    const std::lock_guard lock(impl.mutex);
    if (impl.ids_by_name.count(record.name) > 0)
      throw Error(Errc::conflict, "network with name " + record.name + " already exists");
    if (!record.config_only) impl.settle_locked(record, std::move(foreign));
    entry->record = std::make_shared<const domain::NetworkRecord>(record);
    impl.insert_locked(entry);
  }
  ScopeGuard undo([&] {
    impl.erase(*entry);
    impl.journal.erase(kNetworkKind, record.id);
  });
  impl.journal.put(kNetworkKind, record.id, domain::to_journal(record));
  impl.ensure_up(*entry);
  undo.dismiss();
  impl.publish_event("create", record);
  return entry->record;
}

}  // namespace gantry::services
