// Sockets in the network namespace of another socket: a container's own name servers ("--dns") are
// asked from inside it, as they may be reachable there only. One file per system.
#pragma once

#include "protocol/unique_fd.hpp"

namespace net_dns {

/// A socket, non-blocking and close-on-exec, in the namespace of `beside` (-1: in ours). Empty:
/// failed.
UniqueFd make_socket(int family, int type, int beside);

}  // namespace net_dns
