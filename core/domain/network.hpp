// Records of networks. Plain values.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/base/time.hpp"
#include "core/domain/ip_address.hpp"

namespace gantry::domain {

struct IpamPool {
  std::string subnet, ip_range, gateway;
  std::map<std::string, std::string> auxiliary_addresses;
  bool chosen = false;          // the subnet is the engine's choice, not the client's
  bool gateway_chosen = false;  // the gateway is; unknown of records of earlier engines

  /// Docker says what gateway it chose where it chose the subnet as well, and nowhere else: to
  /// clients that compare it with what they asked for, another gateway is another network.
  bool shows_gateway() const { return !gateway.empty() && (chosen || !gateway_chosen); }
};

struct NetworkRequest {
  std::string name, driver = "bridge", scope, ipam_driver = "default";
  bool internal = false, attachable = false, ingress = false, config_only = false;
  std::optional<bool> enable_ipv4, enable_ipv6;  // absent: the option of that name, or the default
  std::string config_from;
  std::vector<IpamPool> pools;
  std::optional<std::map<std::string, std::string>> ipam_options;
  std::map<std::string, std::string> options, labels;
};

struct NetworkRecord {
  std::string id, name, driver, scope = "local";
  UnixNanos created = 0;
  bool internal = false, attachable = false, ingress = false, config_only = false;
  bool enable_ipv4 = true, enable_ipv6 = false;
  bool predefined = false;
  std::string ipam_driver = "default", config_from;
  std::optional<std::map<std::string, std::string>> ipam_options;
  std::vector<IpamPool> pools;
  std::map<std::string, std::string> options, labels;
  std::string bridge;  // interface on the host, for driver bridge

  /// Containers get interfaces and addresses on it: not so of "host", "none" and configurations.
  bool attaches() const;
  /// Its containers may have a default route by it.
  bool leads_outside() const;
  /// The pool that addresses of that family come from; null: it has none.
  const IpamPool* find_pool(IpFamily family) const;
};

/// Journal form, lossless both ways. network_from_journal throws Error{invalid}.
std::string to_journal(const NetworkRecord& record);
NetworkRecord network_from_journal(std::string json);

struct NetworkMember {
  std::string container_name, endpoint_id, mac_address, ipv4_address, ipv6_address;
};

}  // namespace gantry::domain
