// POST /networks/create (behaviours.md 11.2).
#include <algorithm>

#include "core/base/error.hpp"
#include "core/base/random.hpp"
#include "core/base/scope_guard.hpp"
#include "core/base/text.hpp"
#include "core/domain/ipam_check.hpp"
#include "core/services/network_documents.hpp"
#include "core/services/networks_impl.hpp"

namespace gantry::services {
namespace {

constexpr const char* kNotManager =
    "This node is not a swarm manager. Use \"docker swarm init\" or \"docker swarm join\" to "
    "connect "
    "this node to swarm and try again.";

[[noreturn]] void unsupported(const std::string& field) {
  throw Error(Errc::unsupported, field + " is not supported by this engine yet");
}

void check_driver(const std::string& driver) {
  if (driver == "bridge") return;
  if (driver == "host" || driver == "null")
    throw Error(Errc::permission, "only one instance of \"" + driver + "\" network is allowed");
  if (driver == "overlay") throw Error(Errc::permission, kNotManager);
  if (driver == "macvlan" || driver == "ipvlan") unsupported("network driver \"" + driver + "\"");
  throw Error(Errc::not_found, "plugin \"" + driver + "\" not found");
}

/// Options that change what the network does and that this engine does not do; others are the
/// client's own notes, as in Docker.
void check_options(const std::map<std::string, std::string>& options) {
  for (const char* name :
       {"com.docker.network.bridge.gateway_mode_ipv4",
        "com.docker.network.bridge.gateway_mode_ipv6", "com.docker.network.bridge.inhibit_ipv4",
        "com.docker.network.bridge.trusted_host_interfaces", "com.docker.network.host_ipv4",
        "com.docker.network.host_ipv6"})
    if (options.count(name) > 0) unsupported(std::string("network option ") + name);
  if (const auto it = options.find(kOptionMtu); it != options.end()) {
    const auto mtu = text::to_int(it->second);
    if (!mtu || *mtu < 0 || *mtu > 65535)
      throw Error(Errc::invalid,
                  "invalid value for option " + std::string(kOptionMtu) + ": " + it->second);
  }
  if (const auto it = options.find(kOptionBridge);
      it != options.end() && (it->second.empty() || it->second.size() > 15 ||
                              it->second.find_first_of("/: \t") != std::string::npos))
    throw Error(Errc::invalid, "invalid bridge interface name \"" + it->second + "\"");
  if (const auto it = options.find(kOptionPrefix);
      it != options.end() && (it->second.empty() || it->second.size() > 12))
    throw Error(Errc::invalid, "invalid interface prefix \"" + it->second + "\"");
  if (const auto it = options.find(kOptionHostIp);
      it != options.end() && !it->second.empty() && !domain::parse_ipv4(it->second))
    throw Error(Errc::invalid,
                "invalid value for option " + std::string(kOptionHostIp) + ": " + it->second);
}

void check_pools(const domain::NetworkRequest& request) {
  if (request.enable_ipv6) unsupported("EnableIPv6");
  if (!request.enable_ipv4) unsupported("EnableIPv4: false");
  for (const domain::IpamPool& pool : request.pools)
    if (pool.subnet.find(':') != std::string::npos)
      unsupported("IPAM.Config.Subnet " + pool.subnet + ": IPv6");
  domain::check_ipam(request.pools);
  if (request.pools.size() > 1)
    throw Error(Errc::invalid, "bridge driver doesn't support multiple subnets");
}

void check(const domain::NetworkRequest& request) {
  if (text::trim(request.name).empty()) throw Error(Errc::invalid, "invalid name: name is empty");
  for (const char* reserved : {"bridge", "host", "none", "default"})
    if (request.name == reserved)
      throw Error(Errc::permission,
                  "operation is not permitted on predefined " + request.name + " network ");
  if (request.config_only) unsupported("ConfigOnly");
  if (!request.config_from.empty()) unsupported("ConfigFrom");
  if (request.ingress) throw Error(Errc::permission, kNotManager);
  if (request.scope == "swarm") throw Error(Errc::permission, kNotManager);
  if (!request.scope.empty() && request.scope != "local") unsupported("Scope " + request.scope);
  check_driver(request.driver);
  if (request.ipam_driver != "default")
    throw Error(Errc::not_found, "plugin \"" + request.ipam_driver + "\" not found");
  check_pools(request);
  check_options(request.options);
}

domain::NetworkRecord make_record(const domain::NetworkRequest& request) {
  domain::NetworkRecord record;
  record.id = random_hex();
  record.name = request.name;
  record.driver = request.driver;
  record.created = now_nanos();
  record.internal = request.internal;
  record.attachable = request.attachable;
  record.ipam_driver = request.ipam_driver;
  record.ipam_options = request.ipam_options;
  record.options = request.options;
  record.labels = request.labels;
  const auto bridge = request.options.find(kOptionBridge);
  record.bridge =
      bridge != request.options.end() ? bridge->second : "br-" + record.id.substr(0, 12);
  if (!request.pools.empty() && !request.pools.front().subnet.empty())
    record.pools = {request.pools.front()};
  return record;
}

/// Completes the pool: the subnet that was asked for must be free, else one is chosen.
void settle_subnet(domain::NetworkRecord& record, const std::vector<domain::Ipv4Prefix>& own,
                   const std::vector<domain::Ipv4Prefix>& foreign,
                   const std::vector<domain::SubnetSource>& sources) {
  std::optional<domain::Ipv4Prefix> subnet;
  if (!record.pools.empty()) {
    subnet = domain::parse_ipv4_prefix(record.pools.front().subnet);
    if (std::any_of(own.begin(), own.end(),
                    [&](const domain::Ipv4Prefix& other) { return other.overlaps(*subnet); }))
      throw Error(Errc::permission,
                  "invalid pool request: Pool overlaps with other one on this address space");
  } else {
    auto taken = own;
    taken.insert(taken.end(), foreign.begin(), foreign.end());
    subnet = domain::choose_subnet(sources, taken);
    if (!subnet)
      throw Error(Errc::invalid, "all predefined address pools have been fully subnetted");
    record.pools.push_back({subnet->str(), "", "", {}});
  }
  domain::IpamPool& pool = record.pools.front();
  if (pool.gateway.empty()) {
    if (subnet->length > 30)
      throw Error(Errc::invalid, "invalid network config:\ninvalid subnet " + pool.subnet +
                                     ": no room for a gateway and a container");
    // The first address that is not set aside for something else.
    domain::AddressPool addresses(*subnet, *subnet);
    for (const auto& [name, address] : pool.auxiliary_addresses)
      if (const auto taken = domain::parse_ipv4(address)) addresses.try_take(*taken);
    if (const auto first = addresses.take_next()) pool.gateway = domain::to_string_ipv4(*first);
  }
}

}  // namespace

RecordPtr Networks::create(const domain::NetworkRequest& request) {
  Impl& impl = *impl_;
  check(request);
  domain::NetworkRecord record = make_record(request);
  std::vector<domain::Ipv4Prefix> foreign;
  if (record.pools.empty())
    for (const std::string& used : impl.runtime.used_subnets())
      if (const auto cidr = domain::parse_ipv4_cidr(used); cidr && cidr->prefix.length > 0)
        foreign.push_back(cidr->prefix);
  auto entry = std::make_shared<NetworkEntry>();
  {
    const std::lock_guard lock(impl.mutex);
    if (impl.ids_by_name.count(record.name) > 0)
      throw Error(Errc::conflict, "network with name " + record.name + " already exists");
    for (const auto& [id, other] : impl.by_id)
      if (!other->record->bridge.empty() && other->record->bridge == record.bridge)
        throw Error(Errc::permission, "cannot create network " + record.id + " (" + record.bridge +
                                          "): conflicts with network " + id + " (" +
                                          other->record->bridge +
                                          "): networks have same bridge name");
    settle_subnet(record, impl.subnets_locked(), foreign, impl.sources);
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
