// The engine's API over TCP. Belongs to the main thread.
#pragma once

#include <memory>
#include <vector>

#include "core/config/config.hpp"
#include "core/http/server.hpp"

namespace gantry::daemon {

/// Null: no host is tcp://, or there is no certificate. Throws Error{invalid} that begins with the
/// setting whose file cannot be used.
std::shared_ptr<const http::TlsContext> tls_context(const config::Daemon& settings);

/// One for each address of each tcp:// host; with TLS where the configuration has a certificate.
/// Throws Error{invalid} for files and names that cannot be used, Error{conflict} for an address in
/// use.
std::vector<http::Listener> open_tcp_listeners(const config::Daemon& settings);

}  // namespace gantry::daemon
