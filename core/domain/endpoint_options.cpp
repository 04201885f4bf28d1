#include "core/domain/endpoint_options.hpp"

#include <algorithm>

#include "core/base/text.hpp"
#include "core/json/reader.hpp"

namespace gantry::domain {
namespace {

constexpr const char* kInterface = "com.docker.network.endpoint.ifname";
constexpr const char* kDisableIpv6 = "net.ipv6.conf.all.disable_ipv6";

std::string option(const Endpoint& endpoint, const char* name) {
  if (!endpoint.driver_opts) return {};
  const auto it = endpoint.driver_opts->find(name);
  return it == endpoint.driver_opts->end() ? std::string() : it->second;
}

/// "net.X.Y.IFNAME.Z=V". Clients may have made the placeholder lower case.
bool is_interface_sysctl(const std::string& sysctl) {
  const size_t equals = sysctl.find('=');
  if (equals == std::string::npos) return false;
  const auto parts = text::split(sysctl.substr(0, equals), '.');
  return parts.size() == 5 && parts[0] == "net" &&
         (parts[1] == "ipv4" || parts[1] == "ipv6" || parts[1] == "mpls") &&
         (parts[3] == "IFNAME" || parts[3] == "ifname") &&
         std::all_of(parts.begin(), parts.end(), [](const std::string& part) {
           return !part.empty() && std::all_of(part.begin(), part.end(), [](unsigned char c) {
             return std::isalnum(c) != 0 || c == '_' || c == '-';
           });
         });
}

}  // namespace

std::string endpoint_interface(const Endpoint& endpoint) { return option(endpoint, kInterface); }

std::vector<std::string> endpoint_sysctls(const Endpoint& endpoint) {
  const std::string all = option(endpoint, kEndpointSysctls);
  return all.empty() ? std::vector<std::string>() : text::split(all, ',');
}

std::vector<std::string> endpoint_option_faults(const Endpoint& endpoint) {
  std::vector<std::string> faults;
  for (const std::string& sysctl : endpoint_sysctls(endpoint))
    if (!is_interface_sysctl(sysctl))
      faults.push_back("unrecognised network interface sysctl '" + sysctl +
                       "'; represent 'net.X.Y.ethN.Z=V' as 'net.X.Y.IFNAME.Z=V', 'X' must be "
                       "'ipv4', 'ipv6' or 'mpls'");
  return faults;
}

bool switches_ipv6_off(const ContainerRecord& record) {
  const json::Document document = record.host_config.document();
  const auto sysctls = document.root()["Sysctls"].string_map();
  const auto it = sysctls.find(kDisableIpv6);
  return it != sysctls.end() && it->second == "1";
}

}  // namespace gantry::domain
