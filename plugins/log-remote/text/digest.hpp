// Digests and encodings, by OpenSSL. Any thread.
#pragma once

#include <string>
#include <string_view>

namespace log_remote {

/// 64 hexadecimal digits.
std::string sha256_hex(std::string_view text);
std::string base64(std::string_view bytes);

}  // namespace log_remote
