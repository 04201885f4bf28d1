#include "protocol/sockets.hpp"

namespace net_dns {

UniqueFd open_socket(int family, int type) {
  return UniqueFd(::socket(family, type | SOCK_CLOEXEC, 0));
}

UniqueFd open_nonblocking_socket(int family, int type) {
  return UniqueFd(::socket(family, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
}

std::pair<UniqueFd, UniqueFd> open_socket_pair() {
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) return {};
  return {UniqueFd(ends[0]), UniqueFd(ends[1])};
}

UniqueFd accept_connection(int listener) {
  return UniqueFd(::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC));
}

UniqueFd accept_nonblocking(int listener, sockaddr* peer, socklen_t* size) {
  return UniqueFd(::accept4(listener, peer, size, SOCK_CLOEXEC | SOCK_NONBLOCK));
}

}  // namespace net_dns
