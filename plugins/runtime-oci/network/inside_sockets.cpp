#include "network/inside_sockets.hpp"

#include <arpa/inet.h>
#include <sched.h>
#include <sys/socket.h>

#include <cerrno>

#include "base/error.hpp"
#include "base/thread_call.hpp"
#include "network/port_redirect.hpp"

namespace gantry::oci {
namespace {

constexpr int kQueuedConnections = 64;

UniqueFd bound_socket(int type, in_addr address, std::uint16_t port) {
  UniqueFd fd(::socket(AF_INET, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd) throw_errno("resolver: socket");
  const int on = 1;
  // At a given port: the container's own server may have left connections in TIME_WAIT, and may
  // have the same port at other addresses.
  if (port != 0) ::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  sockaddr_in at{};
  at.sin_family = AF_INET;
  at.sin_addr = address;
  at.sin_port = htons(port);
  if (::bind(fd.get(), reinterpret_cast<const sockaddr*>(&at), sizeof at) != 0)
    throw_errno("resolver: bind");
  if (type == SOCK_STREAM && ::listen(fd.get(), kQueuedConnections) != 0)
    throw_errno("resolver: listen");
  return fd;
}

std::uint16_t port_of(const UniqueFd& fd) {
  sockaddr_in at{};
  socklen_t size = sizeof at;
  if (::getsockname(fd.get(), reinterpret_cast<sockaddr*>(&at), &size) != 0)
    throw_errno("resolver: address");
  return ntohs(at.sin_port);
}

InsideSockets open_both(in_addr address, std::uint16_t port) {
  return {bound_socket(SOCK_DGRAM, address, port), bound_socket(SOCK_STREAM, address, port)};
}

bool is_missing(int error) {
  return error == EOPNOTSUPP || error == EPROTONOSUPPORT || error == ENOENT;
}

}  // namespace

InsideSockets open_inside_sockets(const UniqueFd& netns, const std::string& address,
                                  std::uint32_t port) {
  in_addr at{};
  if (::inet_pton(AF_INET, address.c_str(), &at) != 1 || (ntohl(at.s_addr) >> 24) != 127 ||
      port == 0 || port > 65535)
    throw Error(GANTRY_INVALID, "resolver: \"" + address + "\" port " + std::to_string(port) +
                                    " is no loopback address and port");
  InsideSockets sockets;
  call_on_thread([&] {
    if (::setns(netns.get(), CLONE_NEWNET) != 0) throw_errno("enter network namespace");
    const auto wanted = static_cast<std::uint16_t>(port);
    sockets = open_both(at, 0);
    try {
      set_port_redirect({at, wanted, port_of(sockets.udp), port_of(sockets.tcp)});
    } catch (const Error& error) {
      if (!is_missing(error.os_errno())) throw;
      sockets = open_both(at, wanted);
    }
  });
  return sockets;
}

}  // namespace gantry::oci
