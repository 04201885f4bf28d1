#include "network/netlink.hpp"

#include "base/error.hpp"

namespace gantry::oci {

void check_netlink(int result, const std::string& what) {
  if (result >= 0) return;
  gantry_errc code = GANTRY_INTERNAL;
  if (result == -NLE_NOMEM) code = GANTRY_EXHAUSTED;
  if (result == -NLE_PERM) code = GANTRY_PERMISSION;
  throw Error(code, what + ": " + ::nl_geterror(result));
}

void check_netlink_or_exists(int result, const std::string& what) {
  if (result != -NLE_EXIST) check_netlink(result, what);
}

NetlinkSocket::NetlinkSocket(int protocol) : socket_(::nl_socket_alloc()) {
  if (!socket_) throw Error(GANTRY_EXHAUSTED, "netlink: out of memory");
  check_netlink(::nl_connect(socket_.get(), protocol), "netlink");
}

Netlink<nl_addr> parse_address(const std::string& text, int family) {
  nl_addr* address = nullptr;
  if (::nl_addr_parse(text.c_str(), family, &address) < 0)
    throw Error(GANTRY_INVALID, "invalid address \"" + text + '"');
  return Netlink<nl_addr>(address);
}

int find_link(const NetlinkSocket& socket, const std::string& name) {
  rtnl_link* found = nullptr;
  const int result = ::rtnl_link_get_kernel(socket.get(), 0, name.c_str(), &found);
  if (result == -NLE_OBJ_NOTFOUND || result == -NLE_NODEV) return 0;
  check_netlink(result, "find interface " + name);
  const Netlink<rtnl_link> link(found);
  return ::rtnl_link_get_ifindex(link.get());
}

}  // namespace gantry::oci
