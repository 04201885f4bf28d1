#include "core/domain/gateway_choice.hpp"

#include <tuple>

namespace gantry::domain {
namespace {

/// Larger is better. Docker ranks IPv6 over IPv4, so that both together come first, and gateways
/// over interfaces that need none.
std::tuple<std::int64_t, int> rank(const Endpoint& endpoint) {
  return {endpoint.gw_priority,
          (endpoint.gateway6.empty() ? 0 : 2) + (endpoint.gateway.empty() ? 0 : 1)};
}

bool is_way_out(const Endpoint& endpoint, IpFamily family) {
  const bool v4 = family == IpFamily::v4;
  if (endpoint.leads_out_itself) return !(v4 ? endpoint.ip_address : endpoint.ip6_address).empty();
  return !(v4 ? endpoint.gateway : endpoint.gateway6).empty();
}

}  // namespace

std::string gateway_endpoint(const std::map<std::string, Endpoint>& endpoints, IpFamily family) {
  const Endpoint* best = nullptr;
  std::string name;
  // The map is in the order of names, which decides among equals.
  for (const auto& [key, endpoint] : endpoints) {
    if (!is_way_out(endpoint, family) || (best != nullptr && rank(endpoint) <= rank(*best)))
      continue;
    best = &endpoint;
    name = key;
  }
  return name;
}

}  // namespace gantry::domain
