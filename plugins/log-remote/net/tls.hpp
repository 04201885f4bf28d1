// TLS 1.2 and later by OpenSSL, on a connected socket.
#pragma once

#include <memory>

#include "net/connection.hpp"
#include "net/unique_fd.hpp"

namespace log_remote {

/// Whether the files can be used. Throws GANTRY_INVALID, in Docker's words where it has some. Any
/// thread.
void check_tls_files(const TlsOptions& options);

/// The handshake; the peer's certificate must be good for endpoint.host. The files are read anew,
/// so that they may be renewed. Throws GANTRY_UNAVAILABLE, GANTRY_TIMEOUT or GANTRY_CANCELLED.
std::unique_ptr<Connection> open_tls(UniqueFd fd, const Endpoint& endpoint,
                                     const Patience& patience);

}  // namespace log_remote
