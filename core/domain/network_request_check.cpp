#include "core/domain/network_request_check.hpp"

#include "core/base/error.hpp"
#include "core/base/text.hpp"
#include "core/domain/bridge_options.hpp"
#include "core/domain/ipam_check.hpp"
#include "core/domain/parent_link.hpp"

namespace gantry::domain {
namespace {

constexpr const char* kNotManager =
    "This node is not a swarm manager. Use \"docker swarm init\" or \"docker swarm join\" to "
    "connect this node to swarm and try again.";

bool wants(const NetworkRequest& request, const std::optional<bool>& flag, const char* option,
           bool fallback) {
  if (flag) return *flag;
  const auto it = request.options.find(option);
  if (it == request.options.end()) return fallback;
  const auto parsed = text::to_bool(it->second);
  if (!parsed)
    throw Error(Errc::invalid, "driver-opt \"" + std::string(option) + "\" is not a valid bool");
  return *parsed;
}

void check_driver(const std::string& driver) {
  if (driver == "bridge" || has_parent_link(driver)) return;
  if (driver == "host" || driver == "null")
    throw Error(Errc::permission, "only one instance of \"" + driver + "\" network is allowed");
  if (driver == "overlay") throw Error(Errc::permission, kNotManager);
  throw Error(Errc::not_found, "plugin \"" + driver + "\" not found");
}

void check_configuration(const NetworkRequest& r) {
  if (r.config_only) {
    if (r.internal || r.attachable || r.ingress || !r.scope.empty())
      throw Error(
          Errc::permission,
          "configuration network can only contain network specific fields. Network operator "
          "fields like [ ingress | internal | attachable | scope ] are not supported.");
    if (!r.config_from.empty())
      throw Error(Errc::permission,
                  "a configuration network cannot depend on another configuration network");
  } else if (!r.config_from.empty() &&
             (!r.labels.empty() || !r.options.empty() || !r.pools.empty() || wants_ipv6(r) ||
              r.ipam_driver != "default" || (r.ipam_options && !r.ipam_options->empty()))) {
    throw Error(Errc::permission,
                "user specified configurations are not supported if the network depends on a "
                "configuration network");
  }
}

void check_options(const NetworkRequest& request) {
  if (has_parent_link(request.driver)) {
    parse_parent_link(request.driver, request.options);
    return;
  }
  const BridgeOptions options = parse_bridge_options(request.options);
  const bool isolated =
      options.mode4 == GatewayMode::isolated || options.mode6 == GatewayMode::isolated;
  if (isolated && !request.internal)
    throw Error(Errc::internal, "gateway mode 'isolated' can only be used for an internal network");
}

}  // namespace

bool wants_ipv4(const NetworkRequest& request) {
  return wants(request, request.enable_ipv4, kOptionEnableIpv4, true);
}

bool wants_ipv6(const NetworkRequest& request) {
  return wants(request, request.enable_ipv6, kOptionEnableIpv6, false);
}

void check_network_request(const NetworkRequest& request) {
  if (text::trim(request.name).empty()) throw Error(Errc::invalid, "invalid name: name is empty");
  for (const char* reserved : {"bridge", "host", "none", "default"})
    if (request.name == reserved)
      throw Error(Errc::permission,
                  "operation is not permitted on predefined " + request.name + " network ");
  check_configuration(request);
  if (request.scope == "swarm")
    throw Error(Errc::permission, "cannot create a swarm scoped network when swarm is not active");
  if (!request.scope.empty() && request.scope != "local")
    throw Error(Errc::unavailable, kNotManager);
  if (request.ingress)
    throw Error(Errc::permission, "Ingress network can only be global scope network");
  if (!request.config_only) check_driver(request.driver);
  if (request.ipam_driver != "default")
    throw Error(Errc::not_found, "plugin \"" + request.ipam_driver + "\" not found");
  const bool ipv4 = wants_ipv4(request), ipv6 = wants_ipv6(request);
  check_ipam(request.pools, ipv6);
  if (!ipv4 && !ipv6 && request.driver == "bridge")
    throw Error(Errc::invalid, "IPv4 or IPv6 must be enabled");
  check_options(request);
}

}  // namespace gantry::domain
