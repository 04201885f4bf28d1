#include "core/services/networks/published_addresses.hpp"

#include <set>

namespace gantry::services {
namespace {

bool is_ipv6(const std::string& address) { return address.find(':') != std::string::npos; }

}  // namespace

const std::string& PublishedAddresses::for_host(const std::string& host_ip) const {
  return v4.empty() || (is_ipv6(host_ip) && !v6.empty()) ? v6 : v4;
}

bool PublishedAddresses::translates(const std::string& host_ip) const {
  return !(is_ipv6(for_host(host_ip)) ? routed6 : routed4);
}

std::vector<OpenPort> open_ports(const std::vector<domain::PublishedPort>& ports,
                                 const PublishedAddresses& addresses) {
  std::set<OpenPort> found;
  for (const domain::PublishedPort& port : ports)
    for (const std::string& address : addresses.open)
      if (is_ipv6(address) == is_ipv6(port.host_ip))
        found.insert({port.protocol, address, port.container_port});
  return {found.begin(), found.end()};
}

}  // namespace gantry::services
