// One endpoint: its address, its membership, its names.
#include <algorithm>

#include "core/base/error.hpp"
#include "core/base/log.hpp"
#include "core/base/random.hpp"
#include "core/domain/endpoint_check.hpp"
#include "core/services/network_documents.hpp"
#include "core/services/networks_impl.hpp"

namespace gantry::services {
namespace {

domain::Ipv4 take_address(NetworkEntry& entry, const domain::Endpoint& endpoint) {
  domain::AddressPool& pool = *entry.addresses;
  if (const auto wanted = domain::parse_ipv4(endpoint.ipv4_address)) {
    if (!pool.try_take(*wanted)) throw Error(Errc::permission, "Address already in use");
    return *wanted;
  }
  const auto next = pool.take_next();
  if (!next)
    throw Error(Errc::exhausted, "no available IPv4 addresses on this network's address pools: " +
                                     entry.record->name + " (" + entry.record->id + ")");
  return *next;
}

void clear(domain::Endpoint& endpoint) {
  endpoint.network_id.clear();
  endpoint.endpoint_id.clear();
  endpoint.gateway.clear();
  endpoint.ip_address.clear();
  endpoint.mac_address.clear();
  endpoint.interface_name.clear();
  endpoint.ip_prefix_len = 0;
  endpoint.dns_names.reset();
}

}  // namespace

void Networks::Impl::join(NetworkEntry& entry, const domain::ContainerRecord& record,
                          domain::Endpoint& endpoint) {
  const domain::NetworkRecord& network = *entry.record;
  domain::check_endpoint(network, endpoint);
  NetworkEntry::Member member;
  member.shown.container_name = record.name;
  member.shown.endpoint_id = random_hex();
  {
    const std::lock_guard lock(mutex);
    if (entry.removing) throw Error(Errc::not_found, "network " + network.name + " not found");
    if (entry.members.count(record.id) > 0)
      throw Error(Errc::permission, "endpoint with name " + record.name +
                                        " already exists in network " + network.name);
    if (entry.addresses) {
      member.address = take_address(entry, endpoint);
      const domain::Ipv4Prefix& subnet = entry.addresses->subnet();
      endpoint.ip_address = domain::to_string_ipv4(*member.address);
      endpoint.ip_prefix_len = subnet.length;
      endpoint.mac_address = endpoint.requested_mac.empty() ? domain::mac_from_ipv4(*member.address)
                                                            : endpoint.requested_mac;
      member.shown.mac_address = endpoint.mac_address;
      member.shown.ipv4_address = endpoint.ip_address + "/" + std::to_string(subnet.length);
    }
    endpoint.endpoint_id = member.shown.endpoint_id;
    entry.members.emplace(record.id, std::move(member));
  }
  endpoint.network_id = network.id;
  endpoint.network = network.name;
  if (entry.addresses && !network.internal) endpoint.gateway = network.pools.front().gateway;
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
        if (member->second.address && entry.addresses)
          entry.addresses->release(*member->second.address);
        entry.members.erase(member);
      }
    }
  }
  clear(endpoint);
}

void Networks::Impl::announce(NetworkEntry& entry, const domain::ContainerRecord& record,
                              const domain::Endpoint& endpoint) {
  if (!entry.addresses) return;
  const state::Lease lease = leases.take(entry.record->id);
  names.endpoint_added(entry.record->id, name_service_member(record, endpoint));
}

void Networks::Impl::withdraw(NetworkEntry& entry, const domain::ContainerRecord& record,
                              const domain::Endpoint& endpoint) noexcept {
  // A network that this process did not bring up is not known to the name service either.
  if (endpoint.ip_address.empty() || !entry.up.load(std::memory_order_acquire)) return;
  try {
    const state::Lease lease = leases.take(endpoint.network_id);
    names.endpoint_removed(endpoint.network_id, record.id);
  } catch (const std::exception& error) {
    log::warn("container " + record.id + ": its names on network " + endpoint.network +
              " stay: " + error.what());
  }
}

std::string Networks::Impl::gateway_network(const domain::ContainerRecord& record) const {
  const domain::Endpoint* best = nullptr;
  std::string name;
  // The map is in the order of names, which decides among equals as in Docker.
  for (const auto& [network, endpoint] : record.endpoints) {
    if (endpoint.gateway.empty()) continue;
    if (best == nullptr || endpoint.gw_priority > best->gw_priority) {
      best = &endpoint;
      name = network;
    }
  }
  return name;
}

std::string Networks::Impl::endpoint_document(const domain::Endpoint& endpoint,
                                              bool default_route) const {
  const EntryPtr entry = find_id(endpoint.network_id);
  if (!entry) throw Error(Errc::not_found, "network " + endpoint.network + " not found");
  return data_plane_endpoint(data_plane_network(*entry->record, settings.mtu), endpoint,
                             default_route);
}

}  // namespace gantry::services
