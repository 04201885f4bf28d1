// Descriptors that each platform makes in its own way; all are CLOEXEC. An empty owner and errno
// when the system refuses. Any thread.
#pragma once

#include <string_view>

#include "unique_fd.hpp"

namespace log_journald {

/// A Unix datagram socket that does not block.
UniqueFd datagram_socket();
/// Memory that holds `content` and cannot be changed any more, by nobody.
UniqueFd sealed_memory(std::string_view content);

}  // namespace log_journald
