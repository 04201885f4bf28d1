// Packets to one loopback address and port of a network namespace arrive at other ports of that
// address, by two nftables rules per protocol that rewrite the port numbers on the way out and
// back. Stateless: no connection tracking comes into being in the namespace, and the port itself
// stays free for the container's own servers. Packets that leave the namespace meet one comparison.
// Threads: the calling thread's namespace is the one that is changed.
#pragma once

#include <netinet/in.h>

#include <cstdint>

namespace gantry::oci {

struct PortRedirect {
  in_addr address{};
  std::uint16_t port = 0;          // what is asked for
  std::uint16_t udp = 0, tcp = 0;  // where it arrives
};

/// Replaces an earlier redirect of the namespace. Errors carry the kernel's errno: EOPNOTSUPP,
/// EPROTONOSUPPORT or ENOENT when it has no nf_tables.
void set_port_redirect(const PortRedirect& redirect);

}  // namespace gantry::oci
