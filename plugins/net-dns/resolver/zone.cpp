#include "resolver/zone.hpp"

#include <algorithm>
#include <tuple>

namespace net_dns {

namespace sdk = gantry::sdk;

namespace {

std::string lower(std::string text) {
  for (char& c : text)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return text;
}

void add_unique(std::vector<std::string>& names, const std::string& name) {
  std::string key = lower(name);
  if (!key.empty() && std::find(names.begin(), names.end(), key) == names.end())
    names.push_back(std::move(key));
}

void add_unique(std::vector<Address>& addresses, const Address& address) {
  if (std::find(addresses.begin(), addresses.end(), address) == addresses.end())
    addresses.push_back(address);
}

}  // namespace

void Zone::set_network(const sdk::Network& given) {
  Network& network = networks_[given.id];
  network.given = given;
  network.name = lower(given.name);
  for (const auto& [id, member] : network.members) by_container_[id] = networks_of(id);
  ++generation_;
}

void Zone::remove_network(const std::string& network_id) {
  const auto it = networks_.find(network_id);
  if (it == networks_.end()) return;
  std::vector<std::string> members;
  for (const auto& [id, member] : it->second.members) members.push_back(id);
  for (const auto& id : members) drop(it->second, id);
  networks_.erase(it);
  ++generation_;
}

void Zone::set_member(const std::string& network_id, const sdk::Member& given) {
  const auto it = networks_.find(network_id);
  if (it == networks_.end()) return;
  Network& network = it->second;
  const auto old = network.members.find(given.container_id);
  if (old != network.members.end()) unindex(network, old->second);
  Member& member = network.members[given.container_id];
  member = {given, {}, {}};
  for (const auto& name : given.names) add_unique(member.names, name);
  if (given.names.empty()) {
    add_unique(member.names, given.name);
    for (const auto& alias : given.aliases) add_unique(member.names, alias);
  }
  for (const auto& text : {given.address, given.ipv6})
    if (const auto address = parse_address(text)) member.addresses.push_back(*address);
  index(network, member);
  by_container_[given.container_id] = networks_of(given.container_id);
  ++generation_;
}

void Zone::remove_member(const std::string& network_id, const std::string& container_id) {
  const auto it = networks_.find(network_id);
  if (it != networks_.end()) drop(it->second, container_id);
}

void Zone::remove_container(const std::string& container_id) {
  for (auto& [id, network] : networks_) drop(network, container_id);
}

void Zone::drop(Network& network, const std::string& container_id) {
  const auto it = network.members.find(container_id);
  if (it == network.members.end()) return;
  unindex(network, it->second);
  network.members.erase(it);
  auto rest = networks_of(container_id);
  if (rest.empty())
    by_container_.erase(container_id);
  else
    by_container_[container_id] = std::move(rest);
  ++generation_;
}

void Zone::index(Network& network, const Member& member) {
  for (const auto& address : member.addresses) network.by_address[address] = &member;
  for (const auto& name : member.names) network.by_name[name].push_back(&member);
}

void Zone::unindex(Network& network, const Member& member) {
  for (const auto& address : member.addresses) {
    const auto it = network.by_address.find(address);
    if (it != network.by_address.end() && it->second == &member) network.by_address.erase(it);
  }
  for (const auto& name : member.names) {
    const auto it = network.by_name.find(name);
    if (it == network.by_name.end()) continue;
    std::erase(it->second, &member);
    if (it->second.empty()) network.by_name.erase(it);
  }
}

std::vector<const Zone::Network*> Zone::networks_of(const std::string& container_id) const {
  std::vector<const Network*> found;
  for (const auto& [id, network] : networks_)
    if (network.members.count(container_id) != 0) found.push_back(&network);
  std::sort(found.begin(), found.end(), [](const Network* a, const Network* b) {
    return std::tie(a->given.internal, a->name, a->given.id) <
           std::tie(b->given.internal, b->name, b->given.id);
  });
  return found;
}

void Zone::collect(const Network& network, std::string_view name, bool v6, Found& found) {
  // Docker resolves no names on its default network.
  if (network.given.is_default) return;
  const auto it = network.by_name.find(std::string(name));
  if (it == network.by_name.end()) return;
  found.known = true;
  for (const Member* member : it->second)
    for (const Address& address : member->addresses)
      if (address.v6 == v6) add_unique(found.addresses, address);
}

bool Zone::collect_link(const Network& network, const std::string& asker, std::string_view name,
                        bool v6, Found& found) {
  const auto self = network.members.find(asker);
  if (self == network.members.end()) return false;
  bool is_link = false;
  for (const auto& link : self->second.given.links) {
    if (lower(link.alias) != name) continue;
    is_link = true;
    collect(network, lower(link.name), v6, found);
  }
  return is_link;
}

Zone::Found Zone::find(const std::string& asker, std::string_view name, bool v6) const {
  Found found;
  const auto networks = by_container_.find(asker);
  if (networks == by_container_.end()) return found;
  // Names and networks may both have dots: the whole on any network, then each split.
  std::string_view wanted = name, suffix;
  for (;;) {
    for (const Network* network : networks->second) {
      if (!suffix.empty() && network->name != suffix) continue;
      if (!collect_link(*network, asker, wanted, v6, found)) collect(*network, wanted, v6, found);
      if (!found.addresses.empty()) return found;
    }
    if (found.known) return found;
    const auto dot = wanted.rfind('.');
    if (dot == std::string_view::npos || dot == 0) return found;
    suffix = name.substr(dot + 1);
    wanted = name.substr(0, dot);
  }
}

std::vector<std::string> Zone::find_pointers(const std::string& asker,
                                             const Address& address) const {
  std::vector<std::string> found;
  const auto networks = by_container_.find(asker);
  if (networks == by_container_.end()) return found;
  for (const Network* network : networks->second) {
    if (network->given.is_default) continue;
    const auto it = network->by_address.find(address);
    if (it == network->by_address.end() || it->second->given.name.empty()) continue;
    found.push_back(it->second->given.name + "." + network->given.name);
    for (const auto& name : it->second->names) found.push_back(name + "." + network->given.name);
    return found;
  }
  return found;
}

std::optional<std::string> Zone::find_member(const std::string& network_id,
                                             const Address& address) const {
  const auto network = networks_.find(network_id);
  if (network == networks_.end()) return std::nullopt;
  const auto it = network->second.by_address.find(address);
  if (it == network->second.by_address.end()) return std::nullopt;
  return it->second->given.container_id;
}

bool Zone::reaches_outside(const std::string& container_id) const {
  const auto networks = by_container_.find(container_id);
  if (networks == by_container_.end()) return false;
  return std::any_of(networks->second.begin(), networks->second.end(),
                     [](const Network* network) { return !network->given.internal; });
}

void Zone::each(const EachNetwork& each_network, const EachMember& each_member) const {
  for (const auto& [id, network] : networks_) {
    each_network(network.given);
    for (const auto& [container, member] : network.members) each_member(id, member.given);
  }
}

}  // namespace net_dns
