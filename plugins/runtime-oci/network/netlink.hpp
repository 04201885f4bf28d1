// A route netlink socket of one network namespace (that of the thread that made it, for good). RAII
// over libnl. Threads: one at a time per socket.
#pragma once

#include <netlink/netlink.h>
#include <netlink/route/addr.h>
#include <netlink/route/link.h>
#include <netlink/route/neighbour.h>
#include <netlink/route/route.h>

#include <cstdint>
#include <memory>
#include <string>

namespace gantry::oci {

struct FreeNetlink {
  void operator()(nl_sock* p) const { ::nl_socket_free(p); }
  void operator()(nl_addr* p) const { ::nl_addr_put(p); }
  void operator()(nl_msg* p) const { ::nlmsg_free(p); }
  void operator()(rtnl_link* p) const { ::rtnl_link_put(p); }
  void operator()(rtnl_addr* p) const { ::rtnl_addr_put(p); }
  void operator()(rtnl_route* p) const { ::rtnl_route_put(p); }
  void operator()(rtnl_neigh* p) const { ::rtnl_neigh_put(p); }
  void operator()(nl_cache* p) const { ::nl_cache_free(p); }
};
template <class T>
using Netlink = std::unique_ptr<T, FreeNetlink>;

class NetlinkSocket {
 public:
  /// In the calling thread's network namespace.
  explicit NetlinkSocket(int protocol = NETLINK_ROUTE);
  nl_sock* get() const { return socket_.get(); }

 private:
  Netlink<nl_sock> socket_;
};

/// Throws unless `result` (of a libnl call) is success; `what` goes into the message.
void check_netlink(int result, const std::string& what);
/// The same, but a result of -NLE_EXIST is fine.
void check_netlink_or_exists(int result, const std::string& what);

/// AF_INET or AF_INET6, by the notation; "" is of the former.
std::uint8_t family_of(const std::string& address);
/// "172.17.0.2/16", "172.17.0.1", "02:42:ac:11:00:02". GANTRY_INVALID when it is none.
Netlink<nl_addr> parse_address(const std::string& text, int family);

/// Marks an interface to be made as ours to remove, also by a later daemon.
void mark_as_ours(rtnl_link* link);
bool is_ours(rtnl_link* link);
/// The interface called `name`, or of that index; null: there is none.
Netlink<rtnl_link> get_link(const NetlinkSocket& socket, const std::string& name);
Netlink<rtnl_link> get_link(const NetlinkSocket& socket, int index);
/// Gone already: as good.
void delete_link(const NetlinkSocket& socket, rtnl_link* link);
/// Index of the interface called `name`, or 0.
int find_link(const NetlinkSocket& socket, const std::string& name);
void set_link_up(const NetlinkSocket& socket, int index);

}  // namespace gantry::oci
