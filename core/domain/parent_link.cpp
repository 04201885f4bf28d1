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

/// To the kernel mode and flag are the parent's: the last one would change the others' too.
void check_same_mode(const NetworkRecord& network, const NetworkRecord& other,
                     const std::string& parent) {
  const ParentLink link = parse_parent_link(network.driver, network.options);
  const ParentLink theirs = parse_parent_link(other.driver, other.options);
  if (link.mode == theirs.mode && link.flag == theirs.flag) return;
  throw Error(Errc::permission, "ipvlan network " + other.id +
                                    " is already using parent interface " + parent + " in mode " +
                                    theirs.mode + " with flag " + theirs.flag);
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
  link.flag = choice(options, driver, "flag", kIpvlanFlags);
  return link;
}

bool is_routed_by_host(const NetworkRecord& network) {
  return network.driver == "ipvlan" &&
         parse_parent_link(network.driver, network.options).mode != kIpvlanModes.front();
}

void check_shared_parent(const NetworkRecord& network, const NetworkRecord& other) {
  if (!has_parent_link(network.driver) || network.driver != other.driver || other.config_only)
    return;
  const std::string parent = parent_interface(network);
  if (parent != parent_interface(other)) return;
  if (network.driver == "ipvlan") return check_same_mode(network, other, parent);
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
