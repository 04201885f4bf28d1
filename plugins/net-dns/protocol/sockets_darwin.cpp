// The system makes no socket CLOEXEC at once: a process that starts in between gets it.
#include <fcntl.h>

#include "protocol/sockets.hpp"

namespace net_dns {

namespace {

UniqueFd close_on_exec(UniqueFd fd) {
  if (fd && ::fcntl(fd.get(), F_SETFD, FD_CLOEXEC) != 0) fd.reset();
  return fd;
}

/// An accepted socket blocks as its listener does.
UniqueFd with_blocking(UniqueFd fd, bool blocks) {
  if (fd && ::fcntl(fd.get(), F_SETFL, blocks ? 0 : O_NONBLOCK) != 0) fd.reset();
  return fd;
}

}  // namespace

UniqueFd open_socket(int family, int type) {
  return close_on_exec(UniqueFd(::socket(family, type, 0)));
}

UniqueFd open_nonblocking_socket(int family, int type) {
  return with_blocking(open_socket(family, type), false);
}

std::pair<UniqueFd, UniqueFd> open_socket_pair() {
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM, 0, ends) != 0) return {};
  return {close_on_exec(UniqueFd(ends[0])), close_on_exec(UniqueFd(ends[1]))};
}

UniqueFd accept_connection(int listener) {
  return with_blocking(close_on_exec(UniqueFd(::accept(listener, nullptr, nullptr))), true);
}

UniqueFd accept_nonblocking(int listener, sockaddr* peer, socklen_t* size) {
  return with_blocking(close_on_exec(UniqueFd(::accept(listener, peer, size))), false);
}

}  // namespace net_dns
