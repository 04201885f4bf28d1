// Where a driver listens, and the files that say so: "<name>.spec" holds a URL, "<name>.json" a URL
// with TLS settings. Parsing is pure; any thread. Errors: gantry::sdk::Error{GANTRY_INVALID}.
#pragma once

#include <string>
#include <string_view>

namespace volume_docker {

struct Tls {
  bool skip_verify = false;
  std::string ca_file, cert_file, key_file;  // PEM; empty: none
};

struct Endpoint {
  std::string socket;      // absolute path of a unix socket; empty: host and port
  std::string host, port;  // an IPv6 host without brackets
  bool tls = false;
  Tls tls_options;

  /// As Docker's messages show it: "http://%2Frun%2Fdocker%2Fplugins%2Fnas.sock/VolumeDriver.Get".
  std::string url(std::string_view method) const;
  /// "dial unix /run/…" or "dial tcp host:port".
  std::string dial() const;
  bool operator==(const Endpoint& other) const;
};

/// "unix:///path", "tcp://host:port", "http://host:port" or "https://host:port".
Endpoint parse_address(std::string_view address);
Endpoint parse_spec(std::string_view text);
/// {"Addr": …, "TLSConfig": {"InsecureSkipVerify","CAFile","CertFile","KeyFile"}}. As in Docker, a
/// TLSConfig without a CAFile verifies nothing.
Endpoint parse_json_spec(std::string_view text);

}  // namespace volume_docker
