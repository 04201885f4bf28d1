// OpenSSL's context of a connection: what is trusted, and who we are.
#pragma once

#include <openssl/ssl.h>

#include <memory>

#include "net/endpoint.hpp"

namespace log_remote {

struct FreeSslContext {
  void operator()(SSL_CTX* context) const noexcept { SSL_CTX_free(context); }
};
using SslContext = std::unique_ptr<SSL_CTX, FreeSslContext>;

/// Throws gantry::sdk::Error{GANTRY_INVALID} for files that cannot be used. Any thread.
SslContext make_ssl_context(const TlsOptions& options);

/// The oldest error of OpenSSL on this thread in words; forgets all of them.
std::string take_ssl_error();

}  // namespace log_remote
