// Sockets in a container's network namespace on which its resolver is to listen
// (gantry/ext/sockets.h). Threads: any.
#pragma once

#include <cstdint>
#include <string>

#include "base/fd.hpp"

namespace gantry::oci {

struct InsideSockets {
  UniqueFd udp, tcp;
};

/// Packets to `address` (of 127.0.0.0/8) and `port` arrive at the two, which have ports of their
/// own; only where the kernel cannot redirect do they take the port itself. About 0.2 ms.
/// GANTRY_INVALID for another address.
InsideSockets open_inside_sockets(const UniqueFd& netns, const std::string& address,
                                  std::uint32_t port);

}  // namespace gantry::oci
