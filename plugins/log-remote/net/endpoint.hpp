// Where a driver's peer listens. Plain values.
#pragma once

#include <string>

namespace log_remote {

enum class Network { kTcp, kTls, kUdp, kUnix, kUnixgram };

struct TlsOptions {
  bool skip_verify = false;
  std::string ca_file, cert_file, key_file;  // PEM; empty: none
};

struct Endpoint {
  Network network = Network::kTcp;
  std::string host, port;  // an IPv6 host without brackets; unresolved
  std::string path;        // of a unix socket
  TlsOptions tls{};

  bool is_unix() const { return network == Network::kUnix || network == Network::kUnixgram; }
  bool is_datagrams() const { return network == Network::kUdp || network == Network::kUnixgram; }
  /// As messages show it: "tcp 10.0.0.7:514", "unix /run/log".
  std::string name() const;
};

}  // namespace log_remote
