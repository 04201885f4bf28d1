// OpenSSL's way to a non-blocking socket, without the SIGPIPE that its own one raises.
#pragma once

#include <openssl/bio.h>

namespace log_remote {

/// Does not own the descriptor. Null when memory is short. Any thread.
BIO* make_quiet_bio(int fd) noexcept;

}  // namespace log_remote
