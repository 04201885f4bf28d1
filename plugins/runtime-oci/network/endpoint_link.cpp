#include "network/endpoint_link.hpp"

#include <cstring>

#include "base/error.hpp"

namespace gantry::oci {
namespace {

bool has_type(rtnl_link* link, const char* wanted) {
  const char* type = ::rtnl_link_get_type(link);
  return type != nullptr && std::strcmp(type, wanted) == 0;
}

bool has_address(rtnl_link* link, const std::string& mac) {
  if (mac.empty()) return false;
  nl_addr* address = ::rtnl_link_get_addr(link);
  return address != nullptr && ::nl_addr_cmp(address, parse_address(mac, AF_LLC).get()) == 0;
}

// What it leads to is not in the container's own namespace.
bool leads_outside(rtnl_link* link) {
  int id = 0;
  return ::rtnl_link_get_link_netnsid(link, &id) == 0;
}

// Its peer is a port of the network's bridge.
bool is_on_bridge(const NetlinkSocket& host, rtnl_link* link, const NetworkConfig& network) {
  const int bridge = find_link(host, network.bridge);
  if (bridge == 0) return false;
  const auto peer = get_link(host, ::rtnl_link_get_link(link));
  return peer && has_type(peer.get(), "veth") && ::rtnl_link_get_master(peer.get()) == bridge &&
         ::rtnl_link_get_link(peer.get()) == ::rtnl_link_get_ifindex(link);
}

bool is_beside_host(const NetlinkSocket& host, rtnl_link* link, const NetworkConfig& network) {
  return ::rtnl_link_get_link(link) == find_link(host, network.parent.interface);
}

}  // namespace

const char* link_type(NetworkConfig::Driver driver) {
  switch (driver) {
    case NetworkConfig::Driver::macvlan:
      return "macvlan";
    case NetworkConfig::Driver::ipvlan:
      return "ipvlan";
    default:
      return "veth";
  }
}

int find_endpoint_link(const NetlinkSocket& host, const NetworkNamespace& inside,
                       const EndpointConfig& endpoint) {
  const auto link = get_link(inside.socket, endpoint.interface);
  if (!link) return 0;
  // What a container makes itself may have any name and hardware address, but leads nowhere.
  if (!has_type(link.get(), link_type(endpoint.network.driver)) || !leads_outside(link.get()))
    return 0;
  const bool bridged = endpoint.network.driver == NetworkConfig::Driver::bridge;
  // Without its bridge, or with another address, it is known by the other.
  const bool ours = has_address(link.get(), endpoint.mac) ||
                    (bridged ? is_on_bridge(host, link.get(), endpoint.network)
                             : is_beside_host(host, link.get(), endpoint.network));
  return ours ? ::rtnl_link_get_ifindex(link.get()) : 0;
}

void check_interface_free(const NetworkNamespace& inside, const std::string& interface) {
  if (find_link(inside.socket, interface) != 0)
    throw Error(GANTRY_CONFLICT, "interface " + interface + " exists in the container already");
}

void rename_link(const NetlinkSocket& socket, int index, const std::string& name) {
  const Netlink<rtnl_link> link(::rtnl_link_alloc()), change(::rtnl_link_alloc());
  ::rtnl_link_set_ifindex(link.get(), index);
  ::rtnl_link_set_name(change.get(), name.c_str());
  check_netlink(::rtnl_link_change(socket.get(), link.get(), change.get(), 0),
                "name interface " + name);
}

void remove_link(const NetlinkSocket& socket, int index, const std::string& name) {
  if (index == 0) return;  // by its name alone it may be another one
  const Netlink<rtnl_link> link(::rtnl_link_alloc());
  ::rtnl_link_set_ifindex(link.get(), index);
  ::rtnl_link_set_name(link.get(), name.c_str());
  delete_link(socket, link.get());
}

}  // namespace gantry::oci
