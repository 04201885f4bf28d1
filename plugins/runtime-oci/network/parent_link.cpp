#include "network/parent_link.hpp"

#include <linux/if_link.h>
#include <net/if.h>
#include <netlink/route/link/macvlan.h>
#include <netlink/route/link/vlan.h>

#include <charconv>
#include <cstring>
#include <optional>

#include "base/error.hpp"
#include "network/netlink_message.hpp"

namespace gantry::oci {
namespace {

constexpr int kLastVlan = 4094;

struct Vlan {
  std::string base;
  std::uint16_t number = 0;
};

// "eth0.10" -> eth0, 10.
std::optional<Vlan> vlan_of(const std::string& name) {
  const std::size_t dot = name.rfind('.');
  if (dot == std::string::npos || dot == 0) return std::nullopt;
  int number = 0;
  const auto [end, error] =
      std::from_chars(name.data() + dot + 1, name.data() + name.size(), number);
  if (error != std::errc() || end != name.data() + name.size() || number < 1 || number > kLastVlan)
    return std::nullopt;
  return Vlan{name.substr(0, dot), static_cast<std::uint16_t>(number)};
}

void check_added(int result, const std::string& what) {
  if (result == -NLE_OPNOTSUPP)
    throw Error(GANTRY_UNSUPPORTED, what + ": this host's kernel has no such interfaces");
  check_netlink(result, what);
}

void add_link(const NetlinkSocket& host, rtnl_link* link, const std::string& what) {
  check_added(::rtnl_link_add(host.get(), link, NLM_F_CREATE | NLM_F_EXCL), what);
}

// Another network may have made it meanwhile.
void make_parent(const NetlinkSocket& host, const std::string& name, rtnl_link* link) {
  ::rtnl_link_set_name(link, name.c_str());
  ::rtnl_link_set_flags(link, IFF_UP);
  mark_as_ours(link);
  try {
    add_link(host, link, "create parent interface " + name);
  } catch (const Error& error) {
    if (error.code() != GANTRY_CONFLICT || find_link(host, name) == 0) throw;
  }
}

Netlink<rtnl_link> vlan_link(const NetlinkSocket& host, const std::string& name) {
  const auto vlan = vlan_of(name);
  const int base = vlan ? find_link(host, vlan->base) : 0;
  if (base == 0)
    throw Error(GANTRY_NOT_FOUND,
                "parent interface " + name +
                    " was not found on this host (a VLAN to be made is named like eth0.10)");
  Netlink<rtnl_link> link(::rtnl_link_vlan_alloc());
  ::rtnl_link_set_link(link.get(), base);
  ::rtnl_link_vlan_set_id(link.get(), vlan->number);
  return link;
}

Netlink<rtnl_link> dummy_link() {
  Netlink<rtnl_link> link(::rtnl_link_alloc());
  check_netlink(::rtnl_link_set_type(link.get(), "dummy"), "create dummy interface");
  return link;
}

std::uint16_t ipvlan_mode(const std::string& mode) {
  if (mode == "l2") return IPVLAN_MODE_L2;
  if (mode == "l3") return IPVLAN_MODE_L3;
  if (mode == "l3s") return IPVLAN_MODE_L3S;
  throw Error(GANTRY_INVALID, "invalid ipvlan mode \"" + mode + '"');
}

std::uint16_t ipvlan_flags(const std::string& flag) {
  if (flag == "bridge") return 0;
  if (flag == "private") return IPVLAN_F_PRIVATE;
  if (flag == "vepa") return IPVLAN_F_VEPA;
  throw Error(GANTRY_INVALID, "invalid ipvlan flag \"" + flag + '"');
}

// libnl's object has no flags.
void create_ipvlan(const NetlinkSocket& host, const NetworkNamespace& inside,
                   const EndpointConfig& endpoint, const std::string& name, int parent) {
  const NetworkConfig& network = endpoint.network;
  Netlink<nl_msg> message(
      ::nlmsg_alloc_simple(RTM_NEWLINK, NLM_F_REQUEST | NLM_F_CREATE | NLM_F_EXCL));
  must(message != nullptr);
  nl_msg* m = message.get();
  ifinfomsg down{};
  must(::nlmsg_append(m, &down, sizeof down, NLMSG_ALIGNTO) == 0);
  put_text(m, IFLA_IFNAME, name);
  put_number(m, IFLA_LINK, static_cast<std::uint32_t>(parent));
  put_number(m, IFLA_NET_NS_FD, static_cast<std::uint32_t>(inside.fd.get()));
  if (network.mtu != 0) put_number(m, IFLA_MTU, network.mtu);
  {
    const Nest information(m, IFLA_LINKINFO);
    put_text(m, IFLA_INFO_KIND, "ipvlan");
    const Nest data(m, IFLA_INFO_DATA);
    must(::nla_put_u16(m, IFLA_IPVLAN_MODE, ipvlan_mode(network.parent.mode)) == 0);
    must(::nla_put_u16(m, IFLA_IPVLAN_FLAGS, ipvlan_flags(network.parent.flag)) == 0);
  }
  check_added(::nl_send_sync(host.get(), message.release()),
              "create interface " + endpoint.interface);
}

Netlink<rtnl_link> macvlan_link(const EndpointConfig& endpoint) {
  const NetworkConfig& network = endpoint.network;
  Netlink<rtnl_link> link(::rtnl_link_macvlan_alloc());
  const int mode = ::rtnl_link_macvlan_str2mode(network.parent.mode.c_str());
  if (mode < 0) throw Error(GANTRY_INVALID, "invalid macvlan mode \"" + network.parent.mode + '"');
  ::rtnl_link_macvlan_set_mode(link.get(), static_cast<std::uint32_t>(mode));
  if (!endpoint.mac.empty())
    ::rtnl_link_set_addr(link.get(), parse_address(endpoint.mac, AF_LLC).get());
  return link;
}

}  // namespace

void raise_parent(const NetlinkSocket& host, const NetworkConfig& network) {
  const std::string& name = network.parent.interface;
  if (find_link(host, name) != 0) return;
  const auto link = network.parent.dummy ? dummy_link() : vlan_link(host, name);
  make_parent(host, name, link.get());
}

void remove_parent(const NetlinkSocket& host, const NetworkConfig& network) {
  const auto link = get_link(host, network.parent.interface);
  if (!link || !is_ours(link.get())) return;
  // Bridges of ours are marked as well, and may be somebody's parent.
  const char* type = ::rtnl_link_get_type(link.get());
  const char* made = network.parent.dummy ? "dummy" : "vlan";
  if (type != nullptr && std::strcmp(type, made) == 0) delete_link(host, link.get());
}

void create_child(const NetlinkSocket& host, const NetworkNamespace& inside,
                  const EndpointConfig& endpoint, const std::string& name) {
  const NetworkConfig& network = endpoint.network;
  const int parent = find_link(host, network.parent.interface);
  if (parent == 0)
    throw Error(GANTRY_NOT_FOUND,
                "parent interface " + network.parent.interface + " does not exist");
  if (network.driver == NetworkConfig::Driver::ipvlan)
    return create_ipvlan(host, inside, endpoint, name, parent);
  const auto link = macvlan_link(endpoint);
  ::rtnl_link_set_name(link.get(), name.c_str());
  ::rtnl_link_set_link(link.get(), parent);
  ::rtnl_link_set_ns_fd(link.get(), inside.fd.get());
  if (network.mtu != 0) ::rtnl_link_set_mtu(link.get(), network.mtu);
  add_link(host, link.get(), "create interface " + endpoint.interface);
}

}  // namespace gantry::oci
