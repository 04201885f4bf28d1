// The options of Docker's bridge driver. Others are the client's own notes, as in Docker. Pure; any
// thread.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/domain/ip_address.hpp"

namespace gantry::domain {

enum class GatewayMode { nat, nat_unprotected, routed, isolated };
/// As Docker writes them: "nat", "nat-unprotected", "routed", "isolated".
std::string_view to_string(GatewayMode mode);

struct BridgeOptions {
  std::string bridge;  // interface name; empty: derived from the id
  bool icc = true, masquerade = true, inhibit_ipv4 = false;
  GatewayMode mode4 = GatewayMode::nat, mode6 = GatewayMode::nat;
  GatewayMode mode(IpFamily family) const { return family == IpFamily::v4 ? mode4 : mode6; }
  std::vector<std::string>
      trusted_interfaces;            // of the host: may speak to published ports directly
  std::optional<unsigned> mtu;       // absent: 1500
  std::string host_binding;          // host address of ports published without one; empty: any
  std::string host_ipv4, host_ipv6;  // source of outgoing packets; empty: that of the interface
  std::string interface_prefix = "eth";
};

/// Throws Error{invalid} naming option and value.
BridgeOptions parse_bridge_options(const std::map<std::string, std::string>& options);

/// com.docker.network.driver.mtu, of any driver; absent, also where it says 0. Throws as above.
std::optional<unsigned> mtu_option(const std::map<std::string, std::string>& options);
/// As the kernel takes them.
bool is_interface_name(const std::string& text);

inline constexpr const char* kOptionMtu = "com.docker.network.driver.mtu";
inline constexpr const char* kOptionBridge = "com.docker.network.bridge.name";
inline constexpr const char* kOptionIcc = "com.docker.network.bridge.enable_icc";
inline constexpr const char* kOptionMasquerade = "com.docker.network.bridge.enable_ip_masquerade";
inline constexpr const char* kOptionHostBinding = "com.docker.network.bridge.host_binding_ipv4";
inline constexpr const char* kOptionDefault = "com.docker.network.bridge.default_bridge";
inline constexpr const char* kOptionEnableIpv4 = "com.docker.network.enable_ipv4";
inline constexpr const char* kOptionEnableIpv6 = "com.docker.network.enable_ipv6";

}  // namespace gantry::domain
