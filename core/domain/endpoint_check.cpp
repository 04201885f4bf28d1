#include "core/domain/endpoint_check.hpp"

#include <algorithm>

#include "core/base/error.hpp"
#include "core/base/text.hpp"
#include "core/domain/ipv4.hpp"

namespace gantry::domain {

void check_endpoint(const NetworkRecord& network, const Endpoint& endpoint) {
  if (!endpoint.link_local_ips.empty())
    throw Error(Errc::unsupported, "IPAMConfig.LinkLocalIPs is not supported by this engine yet");
  std::vector<std::string> faults;
  const bool has_address = !endpoint.ipv4_address.empty() || !endpoint.ipv6_address.empty();
  if (network.predefined) {
    if (endpoint.aliases && !endpoint.aliases->empty())
      faults.emplace_back(
          "network-scoped alias is supported only for containers in user defined networks");
    if (has_address)
      faults.emplace_back("user specified IP address is supported on user defined networks only");
  } else if (has_address) {
    const auto address = parse_ipv4(endpoint.ipv4_address);
    const auto subnet =
        network.pools.empty() ? std::nullopt : parse_ipv4_prefix(network.pools.front().subnet);
    if (!endpoint.ipv4_address.empty() && !address)
      faults.push_back("invalid IPv4 address: " + endpoint.ipv4_address);
    else if (address && (!subnet || !subnet->contains(*address)))
      faults.push_back("no configured subnet or ip-range contain the IP address " +
                       endpoint.ipv4_address);
    // Networks are IPv4 only so far: none of them can contain it.
    if (!endpoint.ipv6_address.empty())
      faults.push_back("no configured subnet or ip-range contain the IP address " +
                       endpoint.ipv6_address);
  }
  if (!endpoint.requested_mac.empty() && !is_mac_address(endpoint.requested_mac))
    faults.push_back("invalid MAC address: " + endpoint.requested_mac);
  if (!faults.empty())
    throw Error(Errc::invalid, "invalid endpoint settings:\n" + text::join(faults, "\n"));
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
