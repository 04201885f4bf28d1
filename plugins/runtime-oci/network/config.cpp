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

// They go into rulesets as they are, and the library's parser accepts a tail of anything.
void check_ipv4(const std::string& text) {
  if (text.empty()) return;
  if (text.find_first_not_of("0123456789./") != std::string::npos)
    throw Error(GANTRY_INVALID, "invalid address \"" + text + '"');
  parse_address(text, AF_INET);
}

}  // namespace

std::string NetworkConfig::bridge_address() const {
  if (gateway.empty()) return "";
  const std::size_t slash = subnet.find('/');
  return gateway + (slash == std::string::npos ? "/32" : subnet.substr(slash));
}

NetworkConfig parse_network(const Json& document) {
  NetworkConfig result;
  const std::string driver = text_of(document, "driver", "bridge");
  if (driver != "bridge")
    throw Error(GANTRY_UNSUPPORTED, "runtime-oci has no network driver \"" + driver + '"');
  result.id = text_of(document, "id");
  result.bridge = check_interface(text_of(document, "bridge"));
  result.subnet = text_of(document, "subnet");
  result.gateway = text_of(document, "gateway");
  check_ipv4(result.subnet);
  check_ipv4(result.gateway);
  const std::int64_t mtu = number_of(document, "mtu", 1500);
  if (mtu < 68 || mtu > 65535) throw Error(GANTRY_INVALID, "invalid mtu " + std::to_string(mtu));
  result.mtu = static_cast<unsigned>(mtu);
  result.internal = flag_of(document, "internal");
  result.masquerade = flag_of(document, "masquerade", true);
  result.icc = flag_of(document, "icc", true);
  return result;
}

EndpointConfig parse_endpoint(const Json& document) {
  EndpointConfig result;
  const Json* network = find_member(document, "network");
  if (network == nullptr) throw Error(GANTRY_INVALID, "an endpoint without \"network\"");
  result.network = parse_network(*network);
  result.interface = check_interface(text_of(document, "interface", "eth0"));
  result.address = text_of(document, "address");
  result.mac = text_of(document, "mac");
  result.gateway = text_of(document, "gateway");
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
