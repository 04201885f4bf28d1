// Sockets that never block, by the system's calls. Any thread.
#pragma once

#include <string>

#include "net/endpoint.hpp"
#include "net/patience.hpp"
#include "net/resolver.hpp"
#include "net/unique_fd.hpp"

namespace log_remote {

/// Connected, non-blocking, closed on exec. Throws like connect().
UniqueFd open_socket(const Endpoint& endpoint, const Address& address, const Patience& patience);

/// send() without SIGPIPE; as the call: -1 and errno.
ssize_t send_quietly(int fd, const void* data, std::size_t size) noexcept;

/// The system's words as Go writes them: "connection refused".
std::string lower_error(int error);

}  // namespace log_remote
