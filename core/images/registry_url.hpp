// Addresses of registries and of what they redirect to. Pure, any thread. Errors: Error{invalid}.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace gantry::images {

/// Scheme, host and port: what a connection is made to and credentials are meant for.
struct Origin {
  bool tls = true;
  std::string host;  // IPv6 without brackets
  std::uint16_t port = 443;

  bool operator==(const Origin&) const = default;
  /// "host", "host:5000", "[::1]:5000": without the scheme's own port.
  std::string authority() const;
  /// "https://host:port"
  std::string str() const;
  /// 127.0.0.0/8, ::1 or localhost.
  bool is_loopback() const;
};

struct Url {
  Origin origin;
  std::string target = "/";  // path and query, encoded
  std::string login;         // "user:password" in front of the host, decoded; empty: none

  std::string str() const { return origin.str() + target; }
};

/// http and https only.
Url parse_url(std::string_view text);
/// A Location header against the URL it answered.
Url resolve_url(const Url& base, std::string_view location);
/// Percent-encodes for a query value.
std::string encode_query_value(std::string_view value);

/// The registry that serves a reference's domain; https, docker.io's is registry-1.docker.io.
Origin registry_origin(const std::string& domain);

}  // namespace gantry::images
