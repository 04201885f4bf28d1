// Sockets as each platform makes them. All are CLOEXEC; an empty owner and errno when the system
// refuses. Any thread.
#pragma once

#include <sys/socket.h>

#include <utility>

#include "protocol/unique_fd.hpp"

namespace net_dns {

UniqueFd open_socket(int family, int type);
UniqueFd open_nonblocking_socket(int family, int type);
/// Two connected Unix stream sockets.
std::pair<UniqueFd, UniqueFd> open_socket_pair();

/// `peer` and `size` as for accept().
UniqueFd accept_connection(int listener);
UniqueFd accept_nonblocking(int listener, sockaddr* peer, socklen_t* size);

}  // namespace net_dns
