#include "core/domain/container_request.hpp"

#include <algorithm>

#include "core/base/error.hpp"
#include "core/base/text.hpp"
#include "core/domain/container_config.hpp"
#include "core/domain/host_config.hpp"
#include "core/domain/interface_sysctls.hpp"
#include "core/domain/ip_address.hpp"
#include "core/domain/mount_request.hpp"
#include "core/domain/older_host_config.hpp"
#include "core/domain/security_options.hpp"

namespace gantry::domain {
namespace {

std::map<std::string, Endpoint> parse_endpoints(const json::Node& node, const std::string& mode,
                                                int api_minor) {
  std::map<std::string, Endpoint> endpoints;
  node.each_member([&](std::string_view key, json::Node value) {
    const std::string network = key == "default" ? "bridge" : std::string(key);
    endpoints.emplace(network, parse_endpoint(network, value, api_minor));
  });
  if (api_minor < 44 && endpoints.size() > 1) {
    std::vector<std::string> names;
    for (const auto& [name, endpoint] : endpoints) names.push_back(name);
    invalid("Container cannot be created with multiple network endpoints: " +
            text::join(names, ", "));
  }
  if (!mode.starts_with("container:")) {
    const bool only_other = !endpoints.empty() && endpoints.count(mode) == 0;
    if (only_other && mode == "host")
      invalid(
          "conflicting options: cannot attach both user-defined and non-user-defined "
          "network-modes");
    // Who names networks gets those and no other, whatever the mode says.
    if (endpoints.empty()) endpoints.emplace(mode, parse_endpoint(mode, {}, api_minor));
  }
  return endpoints;
}

void check_network_mode(const CreateRequest& request, const json::Node& hc, int api_minor) {
  const std::string& mode = request.host_config.network_mode;
  const Config& config = request.config;
  if (mode.starts_with("container:")) {
    if (!config.hostname.empty()) invalid("conflicting options: hostname and the network mode");
    if (!request.host_config.links.empty())
      invalid(
          "conflicting options: container type network can't be used with links. This would result "
          "in undefined behavior");
    if (hc["Dns"].size() > 0) invalid("conflicting options: dns and the network mode");
    if (hc["ExtraHosts"].size() > 0)
      invalid("conflicting options: custom host-to-IP mapping and the network mode");
    if (request.host_config.publish_all || !request.host_config.port_bindings.empty())
      invalid("conflicting options: port publishing and the container type network mode");
    if (!config.exposed_ports.empty())
      invalid("conflicting options: port exposing and the container type network mode");
  }
  const bool own_stack = !mode.starts_with("container:") && mode != "host";
  if (!config.mac_address.empty() && (!own_stack || (mode == "none" && api_minor < 44)))
    invalid("conflicting options: mac-address and the network mode");
  if (hc["UTSMode"].str() == "host" && !config.hostname.empty())
    invalid("conflicting options: hostname and the UTS mode");
  if (hc["UTSMode"].str() == "host" && !config.domainname.empty())
    invalid("conflicting options: domainname and the UTS mode");
  if (mode == "host" && !request.host_config.links.empty())
    invalid(
        "conflicting options: host type networking can't be used with links. This would result in "
        "undefined behavior");
}

/// In one spelling. What is no MAC address stays as it is, for the error.
std::string with_colons(const std::string& mac) { return parse_mac(mac).value_or(mac); }

/// The endpoint of the network mode; with old clients there is one. `what` begins the error.
Endpoint& main_endpoint(CreateRequest& request, int api_minor, const std::string& what) {
  auto it = request.endpoints.find(request.host_config.network_mode);
  if (it == request.endpoints.end() && api_minor < 44) it = request.endpoints.begin();
  if (it == request.endpoints.end())
    invalid(what +
            ": HostConfig.NetworkMode must match the identity of a network in "
            "NetworkSettings.Networks");
  return it->second;
}

/// The container-wide address is the main endpoint's.
void move_mac_address(CreateRequest& request, int api_minor) {
  const std::string& mode = request.host_config.network_mode;
  if (mode == "host" || mode == "none") return;
  std::string& mac = main_endpoint(request, api_minor,
                                   "unable to migrate container-wide MAC address to a specific "
                                   "network")
                         .requested_mac;
  if (api_minor < 44 || mac.empty()) mac = request.config.mac_address;
  if (with_colons(mac) != with_colons(request.config.mac_address))
    invalid(
        "the container-wide MAC address must match the endpoint-specific MAC address for the main "
        "network, or be left empty");
}

/// Older clients send back what inspect shows of another container's endpoints, as programs that
/// renew containers do: its address may be somebody else's by now.
void settle_mac_addresses(CreateRequest& request, int api_minor) {
  if (request.config.mac_address.empty()) {
    if (api_minor < 44)
      for (auto& [network, endpoint] : request.endpoints) endpoint.requested_mac.clear();
    return;
  }
  move_mac_address(request, api_minor);
  if (api_minor >= 44)
    request.warnings.push_back(
        "The container-wide MacAddress field is now deprecated. It should be specified in "
        "EndpointsConfig instead.");
}

void move_interface_sysctls(CreateRequest& request, const json::Node& hc, int api_minor) {
  if (!has_own_interfaces(request.host_config.network_mode)) return;
  const auto found = find_interface_sysctls(hc["Sysctls"].string_map(), api_minor);
  if (found.names.empty()) return;
  Endpoint& endpoint = main_endpoint(request, api_minor,
                                     "unable to find a network for sysctl " + found.names.front());
  request.warnings.push_back(add_to_endpoint(found, endpoint));
}

bool has_volume(const json::Node& mounts) {
  bool found = false;
  mounts.each_item([&](json::Node mount) { found |= mount["Type"].str() == "volume"; });
  return found;
}

/// What is accepted and has no effect, or a dangerous one; in dockerd's words.
void warn(CreateRequest& request, const json::Node& hc, int api_minor,
          const CreateDefaults& defaults) {
  if (hc["OomKillDisable"].boolean() && defaults.cgroup_v2)
    request.warnings.push_back(
        "Your kernel does not support OomKillDisable. OomKillDisable discarded.");
  else if (hc["OomKillDisable"].boolean() && hc["Memory"].i64() == 0)
    request.warnings.push_back(
        "OOM killer is disabled for the container, but no memory limit is set, this can result in "
        "the system running out of resources.");
  if (hc["KernelMemoryTCP"].i64() > 0 && defaults.cgroup_v2)
    request.warnings.push_back(
        "Your kernel does not support kernel memory TCP limit capabilities or the cgroup is not "
        "mounted. Limitation discarded.");
  if (hc["CpuPercent"].i64() > 0)
    request.warnings.push_back("linux does not support CPU percent. Percent discarded.");
  if (request.host_config.network_mode == "host" && !request.host_config.port_bindings.empty())
    request.warnings.push_back("Published ports are discarded when using host network mode");
  // Older clients say it themselves.
  if (api_minor >= 48 && !hc["VolumeDriver"].str().empty() && has_volume(hc["Mounts"]))
    request.warnings.push_back(
        "WARNING: the container-wide volume-driver configuration is ignored for volumes specified "
        "via 'mount'. Use '--mount type=volume,volume-driver=...' instead");
  // dockerd without --selinux-enabled leaves them out as well, and says nothing.
  if (const auto security = parse_security_options(hc["SecurityOpt"].strings());
      !security.selinux_label.empty())
    request.warnings.push_back("SELinux is not in use. SecurityOpt " + security.selinux_label +
                               " discarded.");
}

}  // namespace

Endpoint parse_endpoint(const std::string& network, const json::Node& node, int api_minor) {
  Endpoint e;
  e.network = network;
  if (!node) return e;
  if (const json::Node ipam = node["IPAMConfig"]) {
    e.has_ipam_config = true;
    e.ipv4_address = ipam["IPv4Address"].str();
    e.ipv6_address = ipam["IPv6Address"].str();
    e.link_local_ips = ipam["LinkLocalIPs"].strings();
  }
  if (node["Links"]) e.links = node["Links"].strings();
  if (node["Aliases"]) e.aliases = node["Aliases"].strings();
  if (node["DriverOpts"]) e.driver_opts = node["DriverOpts"].string_map();
  e.requested_mac = node["MacAddress"].str();
  e.gw_priority = api_minor >= 48 ? node["GwPriority"].i64() : 0;
  return e;
}

std::string check_container_name(std::string_view name) {
  const auto alnum = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
  };
  std::string_view bare = name;
  if (bare.starts_with("/")) bare.remove_prefix(1);
  const bool fine =
      bare.size() >= 2 && alnum(bare.front()) && std::all_of(bare.begin(), bare.end(), [&](char c) {
        return alnum(c) || c == '_' || c == '.' || c == '-';
      });
  if (!fine)
    invalid("Invalid container name (" + std::string(name) +
            "), only [a-zA-Z0-9][a-zA-Z0-9_.-] are allowed");
  return std::string(bare);
}

CreateRequest parse_create_request(const json::Node& body, int api_minor,
                                   const CreateDefaults& defaults) {
  if (!body || !body.is_object() || body.size() == 0)
    invalid("config cannot be empty in order to create a container");
  CreateRequest request;
  json::Document older;
  if (api_minor < kWholeHostConfig) older = older_host_config(body, api_minor);
  const json::Node hc = (api_minor < kWholeHostConfig ? older.root() : body)["HostConfig"];
  request.config = parse_config(body, api_minor);
  request.host_config = parse_host_config(hc, api_minor, defaults);
  for (const auto& [port, bindings] : request.host_config.port_bindings)
    request.config.exposed_ports.insert(port);
  const std::string& mode = request.host_config.network_mode;
  request.endpoints = parse_endpoints(body["NetworkingConfig"]["EndpointsConfig"], mode, api_minor);
  check_network_mode(request, hc, api_minor);
  request.mounts = parse_mounts(hc, api_minor);
  warn(request, hc, api_minor, defaults);
  move_interface_sysctls(request, hc, api_minor);
  settle_mac_addresses(request, api_minor);
  return request;
}

}  // namespace gantry::domain
