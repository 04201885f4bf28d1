// Names to addresses, by the system's resolver on a thread of its own: it cannot be interrupted,
// the call that waits for it can.
#pragma once

#include <sys/socket.h>

#include <string>
#include <vector>

#include "net/endpoint.hpp"
#include "net/patience.hpp"

namespace log_remote {

struct Address {
  sockaddr_storage storage{};
  socklen_t size = 0;

  const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage); }
};

/// Never empty. Throws GANTRY_UNAVAILABLE ("dial tcp: lookup x: …"), GANTRY_TIMEOUT or
/// GANTRY_CANCELLED.
std::vector<Address> resolve(const Endpoint& endpoint, const Patience& patience);

}  // namespace log_remote
