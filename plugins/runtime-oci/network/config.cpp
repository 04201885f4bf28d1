#include "network/config.hpp"

#include <net/if.h>

#include <algorithm>

#include "base/error.hpp"
#include "base/ids.hpp"
#include "network/netlink.hpp"

namespace gantry::oci {
namespace {

// The kernel's rule, and nothing that would need quoting in a ruleset.
const std::string& check_interface(const std::string& name) {
  const bool good = !name.empty() && name.size() < IFNAMSIZ && name != "." && name != ".." &&
                    std::all_of(name.begin(), name.end(), [](unsigned char c) {
                      return std::isalnum(c) != 0 || c == '_' || c == '-' || c == '.';
                    });
  if (!good) throw Error(GANTRY_INVALID, "invalid interface name \"" + name + '"');
  return name;
}

void check_address(const std::string& text, int family) {
  // The library's parser accepts a tail of anything.
  if (text.find_first_not_of("0123456789abcdefABCDEF.:/") != std::string::npos)
    throw Error(GANTRY_INVALID, "invalid address \"" + text + '"');
  parse_address(text, family);
}

std::string address_of(const Json& document, const char* key, int family) {
  std::string text = text_of(document, key);
  if (!text.empty()) check_address(text, family);
  return text;
}

GatewayMode mode_of(const Json& document, const char* key) {
  const std::string mode = text_of(document, key, "nat");
  if (mode == "nat") return GatewayMode::nat;
  if (mode == "nat-unprotected") return GatewayMode::nat_unprotected;
  if (mode == "routed") return GatewayMode::routed;
  if (mode == "isolated") return GatewayMode::isolated;
  throw Error(GANTRY_UNSUPPORTED, "runtime-oci has no gateway mode \"" + mode + '"');
}

NetworkConfig::Driver driver_of(const Json& document) {
  const std::string driver = text_of(document, "driver", "bridge");
  if (driver == "bridge") return NetworkConfig::Driver::bridge;
  if (driver == "macvlan") return NetworkConfig::Driver::macvlan;
  if (driver == "ipvlan") return NetworkConfig::Driver::ipvlan;
  throw Error(GANTRY_UNSUPPORTED, "runtime-oci has no network driver \"" + driver + '"');
}

unsigned mtu_of(const Json& document, unsigned fallback) {
  const std::int64_t mtu = number_of(document, "mtu", fallback);
  if ((mtu < 68 || mtu > 65535) && mtu != fallback)
    throw Error(GANTRY_INVALID, "invalid mtu " + std::to_string(mtu));
  return static_cast<unsigned>(mtu);
}

}  // namespace

std::string NetworkConfig::Part::bridge_address() const {
  if (gateway.empty() || !on_bridge) return "";
  return gateway + subnet.substr(std::min(subnet.find('/'), subnet.size()));
}

NetworkConfig parse_network(const Json& document) {
  NetworkConfig result;
  result.driver = driver_of(document);
  result.id = text_of(document, "id");
  if (result.driver != NetworkConfig::Driver::bridge) {
    const bool macvlan = result.driver == NetworkConfig::Driver::macvlan;
    result.parent = {check_interface(text_of(document, "parent")), flag_of(document, "dummy"),
                     text_of(document, "mode", macvlan ? "bridge" : "l2"),
                     text_of(document, "flag", "bridge")};
    result.mtu = mtu_of(document, 0);
    return result;
  }
  result.bridge = check_interface(text_of(document, "bridge"));
  result.ipv4 = {address_of(document, "subnet", AF_INET), address_of(document, "gateway", AF_INET),
                 mode_of(document, "mode"), address_of(document, "source", AF_INET),
                 !flag_of(document, "inhibit_ipv4")};
  result.ipv6 = {address_of(document, "subnet6", AF_INET6),
                 address_of(document, "gateway6", AF_INET6), mode_of(document, "mode6"),
                 address_of(document, "source6", AF_INET6), true};
  result.mtu = mtu_of(document, 1500);
  result.internal = flag_of(document, "internal");
  result.masquerade = flag_of(document, "masquerade", true);
  result.icc = flag_of(document, "icc", true);
  result.trusted = texts_of(document, "trusted");
  for (const std::string& name : result.trusted)
    if (name.empty() || name.size() >= IFNAMSIZ)
      throw Error(GANTRY_INVALID, "invalid interface name \"" + name + '"');
  return result;
}

EndpointConfig parse_endpoint(const Json& document) {
  EndpointConfig result;
  const Json* network = find_member(document, "network");
  if (network == nullptr) throw Error(GANTRY_INVALID, "an endpoint without \"network\"");
  result.network = parse_network(*network);
  result.interface = check_interface(text_of(document, "interface", "eth0"));
  result.mac = text_of(document, "mac");
  result.ipv4 = {address_of(document, "address", AF_INET),
                 address_of(document, "gateway", AF_INET)};
  result.ipv6 = {address_of(document, "address6", AF_INET6),
                 address_of(document, "gateway6", AF_INET6)};
  result.link_local = texts_of(document, "link_local");
  for (const std::string& address : result.link_local) check_address(address, family_of(address));
  result.sysctls = texts_of(document, "sysctls");
  return result;
}

SandboxConfig parse_sandbox(const Json& document) {
  SandboxConfig result;
  const std::string mode = text_of(document, "mode", "private");
  if (mode == "host") {
    result.mode = SandboxConfig::Mode::host;
  } else if (mode == "container") {
    result.mode = SandboxConfig::Mode::container;
    result.container = check_container_id(text_of(document, "container"));
  } else if (mode != "private") {
    throw Error(GANTRY_INVALID, "invalid sandbox mode \"" + mode + '"');
  }
  for (const Json* endpoint : items_of(document, "endpoints"))
    result.endpoints.push_back(parse_endpoint(*endpoint));
  return result;
}

}  // namespace gantry::oci
