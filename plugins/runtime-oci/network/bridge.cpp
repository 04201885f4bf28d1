#include "network/bridge.hpp"

#include <linux/if_addr.h>
#include <linux/if_ether.h>
#include <net/if.h>
#include <netlink/route/link/bridge.h>

#include <cstring>
#include <filesystem>
#include <random>

#include "base/error.hpp"
#include "base/file.hpp"

namespace gantry::oci {
namespace {

// A bridge without an address of its own takes over the lowest one among its ports, and changes it
// whenever ports come and go. Ours follows the gateway's address, as containers' do.
Netlink<nl_addr> hardware_address(const NetworkConfig& network) {
  unsigned char mac[ETH_ALEN] = {0x02, 0x42};
  if (!network.ipv4.gateway.empty()) {
    const auto gateway = parse_address(network.ipv4.gateway, AF_INET);
    std::memcpy(mac + 2, ::nl_addr_get_binary_addr(gateway.get()), 4);
  } else {
    std::random_device random;
    const unsigned value = random();
    std::memcpy(mac + 2, &value, 4);
  }
  return Netlink<nl_addr>(::nl_addr_build(AF_LLC, mac, sizeof mac));
}

void create_bridge(const NetlinkSocket& host, const NetworkConfig& network) {
  const Netlink<rtnl_link> link(::rtnl_link_bridge_alloc());
  ::rtnl_link_set_name(link.get(), network.bridge.c_str());
  ::rtnl_link_set_mtu(link.get(), network.mtu);
  mark_as_ours(link.get());
  ::rtnl_link_set_addr(link.get(), hardware_address(network).get());
  check_netlink(::rtnl_link_add(host.get(), link.get(), NLM_F_CREATE | NLM_F_EXCL),
                "create bridge " + network.bridge);
}

Netlink<rtnl_addr> bridge_address(const NetworkConfig& network, int family, int index) {
  const std::string text = network.part(family).bridge_address();
  if (text.empty()) return nullptr;
  const auto local = parse_address(text, family);
  Netlink<rtnl_addr> address(::rtnl_addr_alloc());
  ::rtnl_addr_set_ifindex(address.get(), index);
  // Nobody else can have it: not to be looked for before it may be used.
  if (family == AF_INET6) ::rtnl_addr_set_flags(address.get(), IFA_F_NODAD);
  check_netlink(::rtnl_addr_set_local(address.get(), local.get()), "bridge address");
  return address;
}

void add_address(const NetlinkSocket& host, const NetworkConfig& network, int family, int index) {
  const auto address = bridge_address(network, family, index);
  if (!address) return;
  check_netlink_or_exists(
      ::rtnl_addr_add(host.get(), address.get(), 0),
      "add address " + network.part(family).bridge_address() + " to " + network.bridge);
}

void set_up(const NetlinkSocket& host, const NetworkConfig& network, rtnl_link* link) {
  const Netlink<rtnl_link> change(::rtnl_link_alloc());
  ::rtnl_link_set_ifindex(change.get(), ::rtnl_link_get_ifindex(link));
  ::rtnl_link_set_flags(change.get(), IFF_UP);
  if (::rtnl_link_get_mtu(link) != network.mtu) ::rtnl_link_set_mtu(change.get(), network.mtu);
  check_netlink(::rtnl_link_change(host.get(), change.get(), change.get(), 0),
                "set bridge " + network.bridge + " up");
}

void apply_setting(const std::string& path, const char* value) {
  const auto now = find_text(path);
  if (!now || now->starts_with(value)) return;
  write_setting(path, value);
}

// A host that forwards takes no more routes from its routers by itself, and may lose its own way
// out: where it had taken them it goes on doing so.
void forward_ipv6() {
  const std::string conf = "/proc/sys/net/ipv6/conf/";
  const auto now = find_text(conf + "all/forwarding");
  if (!now || now->starts_with('1')) return;
  std::error_code error;
  std::filesystem::directory_iterator entry(conf, error);
  for (; !error && entry != std::filesystem::directory_iterator(); entry.increment(error)) {
    const std::string setting = entry->path() / "accept_ra";
    if (find_text(setting).value_or("").starts_with('1')) apply_setting(setting, "2");
  }
  apply_setting(conf + "all/forwarding", "1");
}

bool is_bridge(rtnl_link* link) {
  const char* type = ::rtnl_link_get_type(link);
  return type != nullptr && std::strcmp(type, "bridge") == 0;
}

}  // namespace

bool make_bridge(const NetlinkSocket& host, const NetworkConfig& network) {
  const auto link = get_link(host, network.bridge);
  if (!link) {
    create_bridge(host, network);
    return true;
  }
  if (!is_bridge(link.get()))
    throw Error(GANTRY_CONFLICT, "interface " + network.bridge + " exists and is not a bridge");
  return false;
}

void raise_bridge(const NetlinkSocket& host, const NetworkConfig& network) {
  const auto link = get_link(host, network.bridge);
  if (!link) throw Error(GANTRY_NOT_FOUND, "bridge " + network.bridge + " does not exist");
  const int index = ::rtnl_link_get_ifindex(link.get());
  const bool ipv6 = !network.ipv6.subnet.empty();
  const std::string settings6 = "/proc/sys/net/ipv6/conf/" + network.bridge;
  apply_setting(settings6 + "/disable_ipv6", ipv6 ? "0" : "1");
  if (ipv6) {
    apply_setting(settings6 + "/accept_ra", "0");
    apply_setting(settings6 + "/accept_dad", "0");
    add_address(host, network, AF_INET6, index);
  }
  add_address(host, network, AF_INET, index);
  set_up(host, network, link.get());
  if (ipv6) forward_ipv6();
  if (network.ipv4.subnet.empty()) return;
  apply_setting("/proc/sys/net/ipv4/ip_forward", "1");
  // Lets 127.0.0.1:<published port> leave through the bridge; the firewall keeps containers from
  // using it in the other direction.
  apply_setting("/proc/sys/net/ipv4/conf/" + network.bridge + "/route_localnet", "1");
}

void restore_addresses(const NetlinkSocket& host, const NetworkConfig& network, int index) {
  for (const int family : {AF_INET, AF_INET6})
    if (const auto address = bridge_address(network, family, index))
      ::rtnl_addr_add(host.get(), address.get(), 0);
}

bool retire_bridge(const NetlinkSocket& host, const NetworkConfig& network) {
  const auto link = get_link(host, network.bridge);
  if (!link || !is_bridge(link.get()) || !is_ours(link.get())) return false;
  for (const int family : {AF_INET, AF_INET6})
    if (const auto address = bridge_address(network, family, ::rtnl_link_get_ifindex(link.get())))
      ::rtnl_addr_delete(host.get(), address.get(), 0);  // gone already: as good
  return true;
}

void remove_bridge(const NetlinkSocket& host, const std::string& name) {
  const auto link = get_link(host, name);
  if (!link || !is_bridge(link.get()) || !is_ours(link.get())) return;
  delete_link(host, link.get());
}

}  // namespace gantry::oci
