#include "core/domain/container.hpp"

#include "core/domain/gateway_choice.hpp"

namespace gantry::domain {

bool Endpoint::asks_for_anything() const {
  const auto some = [](const auto& list) { return list && !list->empty(); };
  return !ipv4_address.empty() || !ipv6_address.empty() || !link_local_ips.empty() ||
         !requested_mac.empty() || gw_priority != 0 || some(links) || some(aliases) ||
         some(driver_opts);
}

std::string Endpoint::cidr() const {
  return ip_address.empty() ? "" : ip_address + "/" + std::to_string(ip_prefix_len);
}

std::string Endpoint::cidr6() const {
  return ip6_address.empty() ? "" : ip6_address + "/" + std::to_string(ip6_prefix_len);
}

void Endpoint::clear_operational() {
  for (std::string* text : {&endpoint_id, &gateway, &ip_address, &mac_address, &gateway6,
                            &ip6_address, &interface_name})
    text->clear();
  ip_prefix_len = ip6_prefix_len = 0;
  leads_out_itself = false;
  on_bridge = true;
  dns_names.reset();
}

bool ContainerRecord::shows_ports() const {
  if (!state.running() || state.restarting) return false;
  for (const IpFamily family : {IpFamily::v4, IpFamily::v6})
    if (const std::string way_out = gateway_endpoint(endpoints, family);
        !way_out.empty() && endpoints.at(way_out).on_bridge)
      return true;
  return false;
}

}  // namespace gantry::domain
