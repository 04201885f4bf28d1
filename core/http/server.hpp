// The HTTP/1.1 server: accepts on unix sockets, one thread per connection from an elastic pool, so that
// followers, waiters and event listeners never starve new clients. start() returns once it accepts.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/base/unique_fd.hpp"
#include "core/http/router.hpp"

namespace gantry::http {

struct ServerOptions {
  std::string server_header;                         // "Docker/28.5.2 (linux)"-shaped product token
  std::string os_type = "linux";
  size_t max_head_bytes = 64u << 10;
  std::chrono::seconds head_timeout{30};             // to send a complete head once begun
  std::chrono::seconds body_idle_timeout{300};       // no byte of a body for this long
  std::chrono::seconds send_timeout{300};            // a stalled reader; not applied to hijacked sockets
  unsigned max_connections = 8192;
  bool access_log = false;                           // one line per request at debug level otherwise
};

class Server {
 public:
  Server(const Router& router, ServerOptions options);
  ~Server();
  /// Takes listening sockets (unix or tcp, already bound and listening).
  void start(std::vector<UniqueFd> listeners);
  /// Stops accepting, shuts down open connections and joins their threads (deadline 5 s).
  void stop();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace gantry::http
