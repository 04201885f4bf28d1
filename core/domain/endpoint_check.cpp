#include "core/domain/endpoint_check.hpp"

#include <algorithm>

#include "core/base/error.hpp"
#include "core/domain/endpoint_options.hpp"
#include "core/domain/fault_list.hpp"
#include "core/domain/ip_address.hpp"
#include "core/domain/parent_link.hpp"

namespace gantry::domain {

namespace {

// IPv4 in the notation of the other family, as ::ffff:10.1.2.3.
bool is_mapped(const IpAddress& address) {
  return address.family == IpFamily::v6 && address.number >> 32 == 0xffff;
}

/// Docker takes an address also of a family that the network has a subnet for, but does not use; it
/// assigns none then.
void check_address(const NetworkRecord& network, const std::string& text, IpFamily family,
                   std::vector<std::string>& faults) {
  if (text.empty()) return;
  const auto address = parse_ip(text, family);
  if (!address || address->number == 0 || is_mapped(*address)) {
    faults.push_back("invalid " + std::string(to_string(family)) + " address: " + text);
    return;
  }
  bool configured = false;
  for (const IpamPool& pool : network.pools) {
    if (pool.chosen || is_ipv6_text(pool.subnet) != (family == IpFamily::v6)) continue;
    configured = true;
    const auto subnet = parse_cidr(pool.subnet);
    if (subnet && subnet->prefix.contains(*address)) return;
  }
  faults.push_back(configured ? "no configured subnet or ip-range contain the IP address " + text
                              : "user specified IP address is supported only when connecting to "
                                "networks with user configured subnets");
}

void check_link_local(const NetworkRecord& network, const std::string& text,
                      std::vector<std::string>& faults) {
  const auto address = parse_ip(text);
  if (!address || !link_local_block(address->family).contains(*address))
    faults.push_back("invalid link-local IP address: " + text);
  else if (address->family == IpFamily::v6 && !network.enable_ipv6)
    faults.push_back("link-local IP address " + text + " on a network without IPv6");
}

}  // namespace

void check_endpoint(const NetworkRecord& network, const Endpoint& endpoint) {
  std::vector<std::string> faults;
  const bool has_address = !endpoint.ipv4_address.empty() || !endpoint.ipv6_address.empty();
  if (network.predefined) {
    if (has_address)
      faults.emplace_back("user specified IP address is supported on user defined networks only");
    if (endpoint.aliases && !endpoint.aliases->empty())
      faults.emplace_back(
          "network-scoped alias is supported only for containers in user defined networks");
  } else {
    check_address(network, endpoint.ipv4_address, IpFamily::v4, faults);
    check_address(network, endpoint.ipv6_address, IpFamily::v6, faults);
  }
  for (const std::string& address : endpoint.link_local_ips)
    check_link_local(network, address, faults);
  if (!endpoint.requested_mac.empty() && has_parent_mac(network))
    faults.push_back(network.driver + " interfaces do not support custom mac address assignment" +
                     (network.driver == "macvlan" ? " in mode passthru" : ""));
  if (!endpoint.requested_mac.empty()) {
    const auto mac = parse_mac(endpoint.requested_mac);
    if (!mac) throw Error(Errc::invalid, "invalid MAC address " + endpoint.requested_mac);
    if (!is_interface_mac(*mac)) faults.push_back("no interface can have the MAC address " + *mac);
  }
  for (std::string& fault : endpoint_option_faults(endpoint)) faults.push_back(std::move(fault));
  throw_faults("invalid endpoint settings", faults);
}

std::optional<std::vector<std::string>> dns_names_of(const NetworkRecord& network,
                                                     const ContainerRecord& record,
                                                     const Endpoint& endpoint) {
  if (network.predefined) return std::nullopt;
  std::vector<std::string> names;
  const auto add = [&](const std::string& name) {
    if (!name.empty() && std::find(names.begin(), names.end(), name) == names.end())
      names.push_back(name);
  };
  add(record.name);
  if (endpoint.aliases) std::for_each(endpoint.aliases->begin(), endpoint.aliases->end(), add);
  add(record.id.substr(0, 12));
  add(record.config.hostname);
  return names;
}

}  // namespace gantry::domain
