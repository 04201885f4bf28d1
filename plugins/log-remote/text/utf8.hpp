// Bytes of a container as text of a document. Any thread.
#pragma once

#include <string>
#include <string_view>

namespace log_remote {

/// Every byte that is no part of well-formed UTF-8 becomes U+FFFD, as in Docker's JSON.
std::string valid_utf8(std::string_view bytes);

}  // namespace log_remote
