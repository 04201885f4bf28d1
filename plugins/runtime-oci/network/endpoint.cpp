#include "network/endpoint.hpp"

#include <linux/if_addr.h>
#include <linux/if_bridge.h>
#include <linux/if_link.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <random>

#include "base/error.hpp"
#include "base/file.hpp"
#include "base/thread_call.hpp"
#include "network/bridge.hpp"
#include "network/endpoint_link.hpp"
#include "network/netlink_message.hpp"
#include "network/parent_link.hpp"

namespace gantry::oci {
namespace {

constexpr std::chrono::seconds kPredecessorLimit{2};

std::string random_name() {
  // Not derived from the container: the kernel removes a dead container's pair some time after it
  // died.
  static thread_local std::mt19937_64 generator{std::random_device{}()};
  char name[IFNAMSIZ];
  std::snprintf(name, sizeof name, "gv%010llx",
                static_cast<unsigned long long>(generator() & 0xffffffffffULL));
  return name;
}

// One message for all of it, which libnl's veth object can't make. The peer can't be set up in it:
// it is configured before the kernel has connected the two.
int create_pair(const NetlinkSocket& host, const NetworkNamespace& inside,
                const EndpointConfig& endpoint, const std::string& name, int bridge) {
  Netlink<nl_msg> message(
      ::nlmsg_alloc_simple(RTM_NEWLINK, NLM_F_REQUEST | NLM_F_CREATE | NLM_F_EXCL));
  must(message != nullptr);
  nl_msg* m = message.get();
  ifinfomsg up{};
  up.ifi_flags = IFF_UP;
  up.ifi_change = IFF_UP;
  must(::nlmsg_append(m, &up, sizeof up, NLMSG_ALIGNTO) == 0);
  put_text(m, IFLA_IFNAME, name);
  put_number(m, IFLA_MTU, endpoint.network.mtu);
  put_number(m, IFLA_MASTER, static_cast<std::uint32_t>(bridge));
  // One queue each: the default is one per processor of the machine.
  put_number(m, IFLA_NUM_TX_QUEUES, 1);
  put_number(m, IFLA_NUM_RX_QUEUES, 1);
  {
    const Nest information(m, IFLA_LINKINFO);
    put_text(m, IFLA_INFO_KIND, "veth");
    const Nest data(m, IFLA_INFO_DATA);
    const Nest peer(m, VETH_INFO_PEER);
    const ifinfomsg down{};
    must(::nlmsg_append(m, const_cast<ifinfomsg*>(&down), sizeof down, NLMSG_ALIGNTO) == 0);
    put_text(m, IFLA_IFNAME, endpoint.interface);
    put_number(m, IFLA_MTU, endpoint.network.mtu);
    put_number(m, IFLA_NUM_TX_QUEUES, 1);
    put_number(m, IFLA_NUM_RX_QUEUES, 1);
    put_number(m, IFLA_NET_NS_FD, static_cast<std::uint32_t>(inside.fd.get()));
    if (!endpoint.mac.empty())
      must(::nla_put_addr(m, IFLA_ADDRESS, parse_address(endpoint.mac, AF_LLC).get()) == 0);
  }
  return ::nl_send_sync(host.get(), message.release());
}

std::string create_pair(const NetlinkSocket& host, const NetworkNamespace& inside,
                        const EndpointConfig& endpoint, int bridge) {
  int result = 0;
  for (int attempt = 0; attempt < 4; ++attempt) {
    std::string name = random_name();
    result = create_pair(host, inside, endpoint, name, bridge);
    if (result >= 0) return name;
    if (result != -NLE_EXIST) break;
    check_interface_free(inside, endpoint.interface);
  }
  check_netlink(result, "create interface " + endpoint.interface);
  return {};
}

void add_address(const NetworkNamespace& inside, const std::string& text, int index) {
  if (text.empty()) return;
  const int family = family_of(text);
  const auto local = parse_address(text, family);
  const Netlink<rtnl_addr> address(::rtnl_addr_alloc());
  ::rtnl_addr_set_ifindex(address.get(), index);
  ::rtnl_addr_set_scope(address.get(), RT_SCOPE_UNIVERSE);
  check_netlink(::rtnl_addr_set_local(address.get(), local.get()), "address");
  const unsigned prefix = ::nl_addr_get_prefixlen(local.get());
  if (family == AF_INET6) {
    // The host gives each address once: it need not be looked for before it may be used.
    ::rtnl_addr_set_flags(address.get(), IFA_F_NODAD);
  } else if (prefix < 31) {
    std::uint32_t value = 0;
    std::memcpy(&value, ::nl_addr_get_binary_addr(local.get()), sizeof value);
    value |= htonl(prefix == 0 ? 0xffffffffU : (1U << (32 - prefix)) - 1);
    const Netlink<nl_addr> broadcast(::nl_addr_build(AF_INET, &value, sizeof value));
    ::rtnl_addr_set_broadcast(address.get(), broadcast.get());
  }
  check_netlink(::rtnl_addr_add(inside.socket.get(), address.get(), 0), "add address " + text);
}

// By `gateway`; "": by this interface, whatever the gateway.
Netlink<rtnl_route> default_route(int family, int index, const std::string& gateway) {
  const auto everywhere = parse_address(family == AF_INET ? "0.0.0.0/0" : "::/0", family);
  Netlink<rtnl_route> route(::rtnl_route_alloc());
  ::rtnl_route_set_family(route.get(), static_cast<std::uint8_t>(family));
  ::rtnl_route_set_table(route.get(), RT_TABLE_MAIN);
  ::rtnl_route_set_protocol(route.get(), RTPROT_BOOT);
  ::rtnl_route_set_dst(route.get(), everywhere.get());
  rtnl_nexthop* hop = ::rtnl_route_nh_alloc();
  if (hop == nullptr) throw Error(GANTRY_EXHAUSTED, "netlink: out of memory");
  ::rtnl_route_nh_set_ifindex(hop, index);
  if (!gateway.empty()) ::rtnl_route_nh_set_gateway(hop, parse_address(gateway, family).get());
  ::rtnl_route_add_nexthop(route.get(), hop);  // owns hop now
  return route;
}

void add_default_route(const NetworkNamespace& inside, const EndpointConfig& endpoint, int family,
                       int index) {
  const std::string& gateway = endpoint.part(family).gateway;
  if (gateway.empty()) return;
  const bool needs_none = gateway == "0.0.0.0" || gateway == "::";
  const auto route = default_route(family, index, needs_none ? "" : gateway);
  // Another endpoint may have been the way out until now.
  check_netlink(::rtnl_route_add(inside.socket.get(), route.get(), NLM_F_CREATE | NLM_F_REPLACE),
                "add default route by " + gateway);
}

void remove_default_route(const NetworkNamespace& inside, int family, int index) {
  const auto route = default_route(family, index, {});
  ::rtnl_route_set_scope(route.get(), RT_SCOPE_NOWHERE);  // matches any
  const int result = ::rtnl_route_delete(inside.socket.get(), route.get(), 0);
  if (result != -NLE_OBJ_NOTFOUND && result != -NLE_NODEV)
    check_netlink(result, "remove default route");
}

// "net.ipv4.conf.IFNAME.log_martians=1" -> its file.
std::string setting_path(const std::string& name, const std::string& interface) {
  std::string path = "/proc/sys";
  for (std::size_t at = 0; at <= name.size();) {
    const std::size_t dot = std::min(name.find('.', at), name.size());
    const std::string part = name.substr(at, dot - at);
    if (part.empty() || part.find('/') != std::string::npos)
      throw Error(GANTRY_INVALID, "invalid kernel setting \"" + name + '"');
    path += '/' + (part == "IFNAME" || part == "ifname" ? interface : part);
    at = dot + 1;
  }
  return path;
}

// A namespace has no IPv6 unless an endpoint brings it.
void apply_settings(const NetworkNamespace& inside, const EndpointConfig& endpoint) {
  if (endpoint.ipv6.address.empty() && endpoint.sysctls.empty()) return;
  call_on_thread([&] {
    if (::setns(inside.fd.get(), CLONE_NEWNET) != 0) throw_errno("enter network namespace");
    if (!endpoint.ipv6.address.empty()) {
      const std::string conf = "/proc/sys/net/ipv6/conf/" + endpoint.interface;
      for (const char* off : {"/accept_ra", "/accept_dad", "/disable_ipv6"})
        write_setting(conf + off, "0");
    }
    for (const std::string& sysctl : endpoint.sysctls) {
      const std::size_t equals = sysctl.find('=');
      if (equals == std::string::npos || !sysctl.starts_with("net."))
        throw Error(GANTRY_INVALID, "invalid kernel setting \"" + sysctl + '"');
      write_setting(setting_path(sysctl.substr(0, equals), endpoint.interface),
                    sysctl.substr(equals + 1));
    }
  });
}

void add_neighbour(const NetlinkSocket& host, int family, int index, std::uint16_t state,
                   nl_addr* protocol_address, nl_addr* mac, const char* what) {
  Netlink<nl_msg> message(
      ::nlmsg_alloc_simple(RTM_NEWNEIGH, NLM_F_REQUEST | NLM_F_CREATE | NLM_F_REPLACE));
  must(message != nullptr);
  ndmsg head{};
  head.ndm_family = static_cast<std::uint8_t>(family);
  head.ndm_ifindex = index;
  head.ndm_state = state;
  head.ndm_flags = family == AF_BRIDGE ? NTF_MASTER : 0;
  must(::nlmsg_append(message.get(), &head, sizeof head, NLMSG_ALIGNTO) == 0);
  if (protocol_address != nullptr)
    must(::nla_put_addr(message.get(), NDA_DST, protocol_address) == 0);
  must(::nla_put_addr(message.get(), NDA_LLADDR, mac) == 0);
  check_netlink(::nl_send_sync(host.get(), message.release()), what);
}

void announce(const NetlinkSocket& host, const EndpointConfig& endpoint, int bridge, int port) {
  if (endpoint.mac.empty()) return;
  const auto mac = parse_address(endpoint.mac, AF_LLC);
  // A static entry: the port learns nothing before the kernel has noticed that the pair is up,
  // which takes a moment. It goes with the port.
  add_neighbour(host, AF_BRIDGE, port, NUD_NOARP, nullptr, mac.get(), "add to bridge");
  for (const int family : {AF_INET, AF_INET6}) {
    const std::string& text = endpoint.part(family).address;
    if (text.empty()) continue;
    const auto address = parse_address(text.substr(0, text.find('/')), family);
    add_neighbour(host, family, bridge, NUD_REACHABLE, address.get(), mac.get(), "add neighbour");
  }
}

// Where bridged packets pass netfilter (br_netfilter, loaded by many firewalls), a container's call
// to its own published port is turned around on the bridge, not in the host's routing: the port has
// to let it out where it came in.
bool bridge_passes_netfilter() {
  return find_text("/proc/sys/net/bridge/bridge-nf-call-iptables").value_or("").starts_with('1');
}

// "isolated": containers of a network without inter-container communication; their ports speak to
// the host only. Works on the bridge itself, so it needs no netfilter on bridged packets.
void set_port_options(const NetlinkSocket& host, int port, bool isolated) {
  const bool hairpin = bridge_passes_netfilter();
  if (!hairpin && !isolated) return;
  Netlink<nl_msg> message(::nlmsg_alloc_simple(RTM_SETLINK, NLM_F_REQUEST));
  must(message != nullptr);
  ifinfomsg head{};
  head.ifi_family = AF_BRIDGE;
  head.ifi_index = port;
  must(::nlmsg_append(message.get(), &head, sizeof head, NLMSG_ALIGNTO) == 0);
  {
    const Nest information(message.get(), IFLA_PROTINFO);
    must(::nla_put_u8(message.get(), IFLA_BRPORT_MODE, hairpin ? 1 : 0) == 0);
    must(::nla_put_u8(message.get(), IFLA_BRPORT_ISOLATED, isolated ? 1 : 0) == 0);
  }
  check_netlink(::nl_send_sync(host.get(), message.release()), "set options of bridge port");
}

// Settings, addresses and routes of the interface that was made.
void configure(const NetworkNamespace& inside, const EndpointConfig& endpoint, int index) {
  apply_settings(inside, endpoint);
  for (const int family : {AF_INET, AF_INET6})
    add_address(inside, endpoint.part(family).address, index);
  for (const std::string& address : endpoint.link_local) add_address(inside, address, index);
  set_link_up(inside.socket, index);
  for (const int family : {AF_INET, AF_INET6}) add_default_route(inside, endpoint, family, index);
}

void raise_on_bridge(const NetlinkSocket& host, const NetworkNamespace& inside,
                     const EndpointConfig& endpoint) {
  const int bridge = find_link(host, endpoint.network.bridge);
  if (bridge == 0)
    throw Error(GANTRY_NOT_FOUND, "bridge " + endpoint.network.bridge + " does not exist");
  restore_addresses(host, endpoint.network, bridge);
  const int port = find_link(host, create_pair(host, inside, endpoint, bridge));
  const int index = find_link(inside.socket, endpoint.interface);
  try {
    set_port_options(host, port, !endpoint.network.icc);
    configure(inside, endpoint, index);
    announce(host, endpoint, bridge, port);
  } catch (const Error&) {
    remove_link(inside.socket, index, endpoint.interface);
    throw;
  }
}

// Made under a name that nobody has: older kernels refuse one that an interface of the host has.
void raise_child(const NetlinkSocket& host, const NetworkNamespace& inside,
                 const EndpointConfig& endpoint) {
  const std::string name = random_name();
  create_child(host, inside, endpoint, name);
  const int index = find_link(inside.socket, name);
  try {
    rename_link(inside.socket, index, endpoint.interface);
    configure(inside, endpoint, index);
  } catch (const Error&) {
    remove_link(inside.socket, index, endpoint.interface);
    throw;
  }
}

// The kernel takes away a dead container's interface some ten milliseconds after it died, and until
// then refuses another one with its hardware or IP address (or any, where there can be only one).
// It tells nobody outside of that namespace when it is done.
void raise_beside_host(const NetlinkSocket& host, const NetworkNamespace& inside,
                       const EndpointConfig& endpoint) {
  check_interface_free(inside, endpoint.interface);
  const auto deadline = std::chrono::steady_clock::now() + kPredecessorLimit;
  for (;;) {
    try {
      return raise_child(host, inside, endpoint);
    } catch (const Error& error) {
      // Where there can be only one, the kernel calls a second one invalid.
      const bool only_one = endpoint.network.parent.mode == "passthru";
      const bool may_pass =
          error.code() == GANTRY_CONFLICT || (only_one && error.code() == GANTRY_INTERNAL);
      if (!may_pass || std::chrono::steady_clock::now() > deadline) throw;
    }
    ::poll(nullptr, 0, 5);
  }
}

}  // namespace

void raise_endpoint(const NetlinkSocket& host, const NetworkNamespace& inside,
                    const EndpointConfig& endpoint) {
  if (endpoint.network.driver == NetworkConfig::Driver::bridge)
    raise_on_bridge(host, inside, endpoint);
  else
    raise_beside_host(host, inside, endpoint);
}

bool settle_endpoint(const NetlinkSocket& host, const NetworkNamespace& inside,
                     const EndpointConfig& endpoint) {
  const int index = find_endpoint_link(host, inside, endpoint);
  if (index == 0) return false;
  for (const int family : {AF_INET, AF_INET6}) {
    if (endpoint.part(family).address.empty()) continue;
    if (endpoint.part(family).gateway.empty())
      remove_default_route(inside, family, index);
    else
      add_default_route(inside, endpoint, family, index);
  }
  return true;
}

void remove_endpoint(const NetlinkSocket& host, const NetworkNamespace& inside,
                     const EndpointConfig& endpoint) {
  const int index = find_endpoint_link(host, inside, endpoint);
  if (index != 0) remove_link(inside.socket, index, endpoint.interface);
}

}  // namespace gantry::oci
