// One endpoint: its address, its membership, its names.
#include <algorithm>

#include "core/base/error.hpp"
#include "core/base/log.hpp"
#include "core/base/random.hpp"
#include "core/base/scope_guard.hpp"
#include "core/domain/endpoint_check.hpp"
#include "core/domain/endpoint_options.hpp"
#include "core/domain/gateway_choice.hpp"
#include "core/domain/parent_link.hpp"
#include "core/services/networks/networks_impl.hpp"

namespace gantry::services {
namespace {

/// Nothing when the network has no addresses of the family.
std::optional<domain::IpAddress> take_address(std::optional<domain::AddressPool>& pool,
                                              const std::string& wanted,
                                              const domain::NetworkRecord& network) {
  if (!pool) return std::nullopt;
  if (const auto address = domain::parse_ip(wanted)) {
    if (!pool->try_take(*address)) throw Error(Errc::permission, "Address already in use");
    return *address;
  }
  const auto next = pool->take_next();
  if (!next)
    throw Error(Errc::exhausted, "no available " +
                                     std::string(domain::to_string(pool->subnet().family())) +
                                     " addresses on this network's address pools: " + network.name +
                                     " (" + network.id + ")");
  return *next;
}

void release(std::optional<domain::AddressPool>& pool,
             const std::optional<domain::IpAddress>& address) {
  if (pool && address) pool->release(*address);
}

std::string with_length(const std::optional<domain::IpAddress>& address,
                        const std::optional<domain::AddressPool>& pool) {
  return address ? address->str() + "/" + std::to_string(pool->subnet().length) : std::string();
}

/// The gateway of containers: what the client set aside under Docker's name for it, or the bridge.
std::string new_gateway_of(const domain::NetworkRecord& network, domain::IpFamily family) {
  const domain::IpamPool* pool = network.find_pool(family);
  if (pool == nullptr || !network.leads_outside() || domain::is_routed_by_host(network)) return {};
  const auto own = pool->auxiliary_addresses.find(
      family == domain::IpFamily::v4 ? "DefaultGatewayIPv4" : "DefaultGatewayIPv6");
  return own == pool->auxiliary_addresses.end() ? pool->gateway : own->second;
}

/// Follows from the address, so that neighbours that remember it are right about the next holder.
std::string chosen_mac(const std::string& network_id, const NetworkEntry::Member& member) {
  if (member.address) return domain::mac_from_address(*member.address, network_id);
  if (member.address6) return domain::mac_from_address(*member.address6, network_id);
  // A network without addresses, for containers that get theirs from elsewhere.
  return domain::mac_from_address({domain::IpFamily::v4, random_below(~0U)}, network_id);
}

/// What the endpoint and the list of members show of the addresses just taken.
void fill_addresses(const NetworkEntry& entry, NetworkEntry::Member& member,
                    domain::Endpoint& endpoint) {
  if (member.address) {
    endpoint.ip_address = member.address->str();
    endpoint.ip_prefix_len = entry.addresses->subnet().length;
  }
  if (member.address6) {
    endpoint.ip6_address = member.address6->str();
    endpoint.ip6_prefix_len = entry.addresses6->subnet().length;
  }
  if (entry.attaches() && !domain::has_parent_mac(*entry.record))
    endpoint.mac_address =
        domain::parse_mac(endpoint.requested_mac).value_or(chosen_mac(entry.record->id, member));
  member.shown.mac_address = endpoint.mac_address;
  member.shown.ipv4_address = with_length(member.address, entry.addresses);
  member.shown.ipv6_address = with_length(member.address6, entry.addresses6);
}

/// A setting that kernels do not have, or not with this value, is only known when it is made. The
/// text is all that tells.
void refuse_sysctls(const Error& error, const domain::Endpoint& endpoint) {
  const std::string text = error.what();
  if (error.code() == Errc::internal && !domain::endpoint_sysctls(endpoint).empty() &&
      text.find("/proc/sys/net/") != std::string::npos)
    throw Error(Errc::invalid, "com.docker.network.endpoint.sysctls: " + text);
}

}  // namespace

void Networks::check_endpoints(const std::map<std::string, domain::Endpoint>& endpoints) const {
  for (const auto& [key, endpoint] : endpoints)
    if (const EntryPtr entry = impl_->find(key)) domain::check_endpoint(*entry->record, endpoint);
}

void Networks::Impl::join(NetworkEntry& entry, const domain::ContainerRecord& record,
                          domain::Endpoint& endpoint) {
  const domain::NetworkRecord& network = *entry.record;
  if (network.config_only)
    throw Error(Errc::permission, "cannot create endpoint on configuration-only network");
  domain::check_endpoint(network, endpoint);
  const bool without_ipv6 = domain::switches_ipv6_off(record);
  NetworkEntry::Member member;
  member.shown.container_name = record.name;
  member.shown.endpoint_id = random_hex();
  {
    const std::lock_guard lock(mutex);
    if (entry.removing) throw Error(Errc::not_found, "network " + network.name + " not found");
    if (entry.members.count(record.id) > 0)
      throw Error(Errc::permission, "endpoint with name " + record.name +
                                        " already exists in network " + network.name);
    member.address = take_address(entry.addresses, endpoint.ipv4_address, network);
    ScopeGuard give_back([&] { release(entry.addresses, member.address); });
    if (!without_ipv6)
      member.address6 = take_address(entry.addresses6, endpoint.ipv6_address, network);
    give_back.dismiss();
    fill_addresses(entry, member, endpoint);
    endpoint.endpoint_id = member.shown.endpoint_id;
    entry.members.emplace(record.id, std::move(member));
  }
  endpoint.network_id = network.id;
  endpoint.network = network.name;
  endpoint.gateway = new_gateway_of(network, domain::IpFamily::v4);
  if (!without_ipv6) endpoint.gateway6 = new_gateway_of(network, domain::IpFamily::v6);
  endpoint.on_bridge = network.driver == "bridge";
  endpoint.leads_out_itself = network.leads_outside() && domain::is_routed_by_host(network);
  endpoint.dns_names = domain::dns_names_of(network, record, endpoint);
}

void Networks::Impl::leave(const domain::ContainerRecord& record,
                           domain::Endpoint& endpoint) noexcept {
  {
    const std::lock_guard lock(mutex);
    const auto it = by_id.find(endpoint.network_id);
    if (it != by_id.end()) {
      NetworkEntry& entry = *it->second;
      if (const auto member = entry.members.find(record.id); member != entry.members.end()) {
        release(entry.addresses, member->second.address);
        release(entry.addresses6, member->second.address6);
        entry.members.erase(member);
      }
    }
  }
  endpoint.clear_operational();
}

void Networks::Impl::announce(NetworkEntry& entry, const domain::ContainerRecord& record,
                              const domain::Endpoint& endpoint) {
  if (!entry.attaches()) return;
  const state::Lease lease = leases.take(entry.record->id);
  names.endpoint_added(entry.record->id, name_service_member(record, endpoint));
}

void Networks::Impl::withdraw(NetworkEntry& entry, const domain::ContainerRecord& record,
                              const domain::Endpoint& endpoint) noexcept {
  // A network that this process did not bring up is not known to the name service either.
  if (!entry.attaches() || !entry.up.load(std::memory_order_acquire)) return;
  try {
    const state::Lease lease = leases.take(endpoint.network_id);
    names.endpoint_removed(endpoint.network_id, record.id);
  } catch (const std::exception& error) {
    log::warn("container " + record.id + ": its names on network " + endpoint.network +
              " stay: " + error.what());
  }
}

std::string Networks::Impl::endpoint_document(const domain::ContainerRecord& record,
                                              const domain::Endpoint& endpoint) const {
  const EntryPtr entry = find_id(endpoint.network_id);
  if (!entry) throw Error(Errc::not_found, "network " + endpoint.network + " not found");
  const auto owns = [&](domain::IpFamily family) {
    return domain::gateway_endpoint(record.endpoints, family) == endpoint.network;
  };
  return data_plane_endpoint(data_plane_network(*entry->record, entry->options), endpoint,
                             {owns(domain::IpFamily::v4), owns(domain::IpFamily::v6)});
}

void Networks::Impl::raise(const domain::ContainerRecord& record,
                           const domain::Endpoint& endpoint) {
  const std::string document = endpoint_document(record, endpoint);
  try {
    runtime.endpoint_up(record.id, document);
  } catch (const Error& error) {
    refuse_sysctls(error, endpoint);
    const EntryPtr entry = find_id(endpoint.network_id);
    if (error.code() != Errc::not_found || !entry) throw;
    mend(*entry);
    runtime.endpoint_up(record.id, document);
  }
}

}  // namespace gantry::services
