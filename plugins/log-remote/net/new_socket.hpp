// A socket as each platform makes it. Any thread.
#pragma once

#include "net/unique_fd.hpp"

namespace log_remote {

/// CLOEXEC, and does not block. An empty owner and errno when the system refuses.
UniqueFd new_socket(int family, int type);

}  // namespace log_remote
