#include "core/domain/interface_sysctls.hpp"

#include "core/base/error.hpp"
#include "core/base/text.hpp"
#include "core/domain/endpoint_options.hpp"

namespace gantry::domain {
namespace {

constexpr size_t kParts = 5, kInterfacePart = 3;

/// The last part may hold dots.
std::vector<std::string> parts_of(std::string_view sysctl) {
  std::vector<std::string> parts;
  while (parts.size() + 1 < kParts) {
    const size_t dot = sysctl.find('.');
    if (dot == std::string_view::npos) return {};
    parts.emplace_back(sysctl.substr(0, dot));
    sysctl.remove_prefix(dot + 1);
  }
  parts.emplace_back(sysctl);
  if (parts[0] != "net" || !parts[kInterfacePart].starts_with("eth")) return {};
  return parts;
}

}  // namespace

bool has_own_interfaces(std::string_view network_mode) {
  return network_mode != "host" && !network_mode.starts_with("container:");
}

bool names_interface(std::string_view sysctl) { return !parts_of(sysctl).empty(); }

InterfaceSysctls find_interface_sysctls(const std::map<std::string, std::string>& sysctls,
                                        int api_minor) {
  const std::string option = std::string("driver option '") + kEndpointSysctls + "'";
  InterfaceSysctls found;
  for (const auto& [name, value] : sysctls) {
    std::vector<std::string> parts = parts_of(name);
    if (parts.empty()) continue;
    if (api_minor >= 48)
      invalid("interface specific sysctl setting \"" + name + "\" must be supplied using " +
              option);
    // Which network gets another one is not known.
    if (parts[kInterfacePart] != "eth0")
      invalid("unable to determine network endpoint for sysctl " + name + ", use " + option +
              " to set per-interface sysctls");
    parts[kInterfacePart] = "IFNAME";
    found.names.push_back(name);
    found.settings.push_back(text::join(parts, ".") + "=" + value);
  }
  return found;
}

std::string add_to_endpoint(const InterfaceSysctls& found, Endpoint& endpoint) {
  const std::string settings = text::join(found.settings, ",");
  if (!endpoint.driver_opts) endpoint.driver_opts.emplace();
  std::string& option = (*endpoint.driver_opts)[kEndpointSysctls];
  option = option.empty() ? settings : settings + "," + option;
  return "Migrated sysctl \"" + text::join(found.names, ",") + "\" to DriverOpts{\"" +
         kEndpointSysctls + "\":\"" + settings + "\"}.";
}

}  // namespace gantry::domain
