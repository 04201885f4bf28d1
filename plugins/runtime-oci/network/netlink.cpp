#include "network/netlink.hpp"

#include <net/if.h>
#include <netlink/errno.h>

#include <cerrno>
#include <cstdlib>

#include "base/error.hpp"

namespace gantry::oci {
namespace {

// "ga". The kernel takes a group, unlike an alias, with the message that makes an interface.
constexpr std::uint32_t kOurs = 0x6761;

// libnl has no number of its own for many errors: errno keeps the kernel's, as after a system call.
int keep_errno(sockaddr_nl*, nlmsgerr* answer, void*) {
  errno = std::abs(answer->error);
  return -::nl_syserr2nlerr(errno);
}

Netlink<rtnl_link> ask_for_link(const NetlinkSocket& socket, int index, const char* name,
                                const std::string& what) {
  rtnl_link* found = nullptr;
  const int result = ::rtnl_link_get_kernel(socket.get(), index, name, &found);
  if (result == -NLE_OBJ_NOTFOUND || result == -NLE_NODEV) return nullptr;
  check_netlink(result, "find interface " + what);
  return Netlink<rtnl_link>(found);
}

}  // namespace

void check_netlink(int result, const std::string& what) {
  if (result >= 0) return;
  if (result == -NLE_FAILURE && errno != 0) throw os_error(what, errno);
  gantry_errc code = GANTRY_INTERNAL;
  if (result == -NLE_NOMEM) code = GANTRY_EXHAUSTED;
  if (result == -NLE_PERM) code = GANTRY_PERMISSION;
  if (result == -NLE_EXIST || result == -NLE_BUSY) code = GANTRY_CONFLICT;
  throw Error(code, what + ": " + ::nl_geterror(result));
}

void check_netlink_or_exists(int result, const std::string& what) {
  if (result != -NLE_EXIST) check_netlink(result, what);
}

NetlinkSocket::NetlinkSocket(int protocol) : socket_(::nl_socket_alloc()) {
  if (!socket_) throw Error(GANTRY_EXHAUSTED, "netlink: out of memory");
  check_netlink(::nl_connect(socket_.get(), protocol), "netlink");
  ::nl_socket_modify_err_cb(socket_.get(), NL_CB_CUSTOM, keep_errno, nullptr);
  // Dumps and answers fit into a buffer of this size; without it each is received twice, first to
  // learn its size.
  ::nl_socket_set_msg_buf_size(socket_.get(), 32 * 1024);
  ::nl_socket_disable_msg_peek(socket_.get());
}

std::uint8_t family_of(const std::string& address) {
  return address.find(':') == std::string::npos ? AF_INET : AF_INET6;
}

Netlink<nl_addr> parse_address(const std::string& text, int family) {
  nl_addr* address = nullptr;
  if (::nl_addr_parse(text.c_str(), family, &address) < 0)
    throw Error(GANTRY_INVALID, "invalid address \"" + text + '"');
  return Netlink<nl_addr>(address);
}

void mark_as_ours(rtnl_link* link) { ::rtnl_link_set_group(link, kOurs); }

bool is_ours(rtnl_link* link) { return ::rtnl_link_get_group(link) == kOurs; }

Netlink<rtnl_link> get_link(const NetlinkSocket& socket, const std::string& name) {
  return ask_for_link(socket, 0, name.c_str(), name);
}

Netlink<rtnl_link> get_link(const NetlinkSocket& socket, int index) {
  return ask_for_link(socket, index, nullptr, std::to_string(index));
}

void delete_link(const NetlinkSocket& socket, rtnl_link* link) {
  const int result = ::rtnl_link_delete(socket.get(), link);
  if (result == -NLE_OBJ_NOTFOUND || result == -NLE_NODEV) return;
  const char* name = ::rtnl_link_get_name(link);
  check_netlink(result, std::string("remove interface ") + (name == nullptr ? "" : name));
}

int find_link(const NetlinkSocket& socket, const std::string& name) {
  const auto link = get_link(socket, name);
  return link ? ::rtnl_link_get_ifindex(link.get()) : 0;
}

void set_link_up(const NetlinkSocket& socket, int index) {
  const Netlink<rtnl_link> link(::rtnl_link_alloc());
  ::rtnl_link_set_ifindex(link.get(), index);
  ::rtnl_link_set_flags(link.get(), IFF_UP);
  check_netlink(::rtnl_link_change(socket.get(), link.get(), link.get(), 0), "set interface up");
}

}  // namespace gantry::oci
