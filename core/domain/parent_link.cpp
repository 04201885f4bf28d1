#include "core/domain/parent_link.hpp"

#include <algorithm>
#include <array>

#include "core/base/error.hpp"
#include "core/domain/bridge_options.hpp"

namespace gantry::domain {
namespace {

constexpr const char* kParent = "parent";
constexpr std::array<std::string_view, 4> kMacvlanModes = {"bridge", "private", "vepa", "passthru"};
constexpr std::array<std::string_view, 3> kIpvlanModes = {"l2", "l3", "l3s"};
constexpr std::array<std::string_view, 3> kIpvlanFlags = {"bridge", "private", "vepa"};

std::string value_of(const std::map<std::string, std::string>& options, const char* name) {
  const auto it = options.find(name);
  return it == options.end() ? std::string() : it->second;
}

// The first of `known` when the option is not there. `noun`: "mode" or "flag".
template <size_t N>
std::string choice(const std::map<std::string, std::string>& options, const std::string& driver,
                   const std::string& noun, const std::array<std::string_view, N>& known) {
  const std::string fallback(known.front());
  const std::string value = value_of(options, (driver + "_" + noun).c_str());
  if (value.empty()) return fallback;
  if (std::find(known.begin(), known.end(), value) != known.end()) return value;
  throw Error(Errc::invalid,
              "requested " + driver + " " + noun + " '" + value + "' is not valid, '" + fallback +
                  (noun == "mode" ? "' mode is the " : "' is the ") + driver + " driver default");
}

void check_parent(const std::string& name, const std::string& driver) {
  if (name == "lo")
    throw Error(Errc::invalid, "loopback interface is not a valid " + driver + " parent link");
  if (!name.empty() && !is_interface_name(name))
    throw Error(Errc::invalid, "parent interface \"" + name + "\" is not an interface name");
}

}  // namespace

bool has_parent_link(const std::string& driver) {
  return driver == "macvlan" || driver == "ipvlan";
}

ParentLink parse_parent_link(const std::string& driver,
                             const std::map<std::string, std::string>& options) {
  ParentLink link;
  link.parent = value_of(options, kParent);
  check_parent(link.parent, driver);
  link.mtu = mtu_option(options);
  if (driver == "macvlan") {
    link.mode = choice(options, driver, "mode", kMacvlanModes);
    return link;
  }
  link.mode = choice(options, driver, "mode", kIpvlanModes);
  if (link.mode != "l2")
    throw Error(Errc::unsupported, "ipvlan_mode " + link.mode + " is not supported by this engine");
  const std::string flag = choice(options, driver, "flag", kIpvlanFlags);
  if (flag != kIpvlanFlags.front())
    throw Error(Errc::unsupported, "ipvlan_flag " + flag + " is not supported by this engine");
  return link;
}

void check_shared_parent(const NetworkRecord& network, const NetworkRecord& other) {
  if (network.driver != "macvlan" || other.driver != "macvlan" || other.config_only) return;
  const std::string parent = parent_interface(network);
  if (parent != parent_interface(other)) return;
  if (parse_parent_link(network.driver, network.options).mode == "passthru")
    throw Error(Errc::permission, "cannot use mode passthru, macvlan network " + other.id +
                                      " is already using parent interface " + parent);
  if (parse_parent_link(other.driver, other.options).mode == "passthru")
    throw Error(Errc::permission, "macvlan network " + other.id +
                                      " is already using parent interface " + parent +
                                      " in mode passthru");
}

bool has_parent_mac(const NetworkRecord& network) {
  return network.driver == "ipvlan" ||
         (network.driver == "macvlan" &&
          parse_parent_link(network.driver, network.options).mode == "passthru");
}

std::string parent_interface(const NetworkRecord& network) {
  const std::string parent = value_of(network.options, kParent);
  // As with Docker, an internal network leaves the host's interface alone.
  return parent.empty() || network.internal ? "dm-" + network.id.substr(0, 12) : parent;
}

}  // namespace gantry::domain
