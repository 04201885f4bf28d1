// Addresses of log drivers as Docker reads them, by Go's rules for URLs and in Go's words. Pure;
// any thread. Errors: gantry::sdk::Error{GANTRY_INVALID}.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace log_remote {

struct Url {
  std::string scheme;  // lower case; empty: none
  std::string host;    // as it stands there, with the port
  std::string path;    // escapes resolved
};

Url parse_url(const std::string& text);

struct HostPort {
  std::string host;                 // of IPv6 without brackets
  std::optional<std::string> port;  // none: there was no colon
};

/// "host:port", "[::1]:port" or without the port.
HostPort split_host_port(const std::string& text);

/// `port` when it can be one, otherwise throws.
std::string checked_port(const std::string& port);

}  // namespace log_remote
