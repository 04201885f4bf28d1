// The HTTP/1.1 server: accepts on unix and TCP sockets, one thread per connection from an elastic
// pool, so that followers, waiters and event listeners never starve new clients. start() returns
// once it accepts. Threads inherit the signal mask of the thread that calls start(): block what
// main waits for before. Idle it sleeps without a timer. Not Poco::Net::TCPServer: that wakes four
// times a second, drops what its queue has no room for without an answer, and reads heads through
// iostreams.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/base/unique_fd.hpp"
#include "core/http/router.hpp"
#include "core/http/tls_context.hpp"

namespace gantry::http {

struct ServerOptions {
  std::string server_header;  // "Docker/28.5.2 (linux)"-shaped product token
  std::string os_type = "linux";
  size_t max_head_bytes = 64u << 10;
  std::chrono::seconds head_timeout{30};        // to send a complete head once begun
  std::chrono::seconds body_idle_timeout{300};  // no byte of a body for this long
  std::chrono::seconds send_timeout{300};       // a stalled reader of a plain answer; streams wait
  unsigned max_connections = 8192;
  bool access_log = false;                 // one line per request at debug level otherwise
  size_t thread_stack_bytes = 512u << 10;  // address space; only what is touched costs memory
  std::chrono::milliseconds thread_idle_time{5000};  // then a thread without a connection ends
  /// Runs on the accepting thread when no request began or ended for `quiet_time`: time to give
  /// memory back. Not twice within `quiet_apart`; must not throw.
  std::function<void()> on_quiet;
  std::chrono::milliseconds quiet_time{300};
  std::chrono::milliseconds quiet_apart{1000};
};

struct Listener {
  UniqueFd fd;  // unix or tcp
  /// Given: its clients speak TLS.
  std::shared_ptr<const TlsContext> tls{};
};

class Server {
 public:
  Server(const Router& router, ServerOptions options);
  ~Server();
  /// Takes listening sockets, bound and listening.
  void start(std::vector<Listener> listeners);
  /// Stops accepting, shuts down open connections and waits for their threads (deadline 5 s): at
  /// once where an answer streams or no request is under way, after 2 s where an answer is being
  /// worked on. Handlers waiting with wait_for() see their peer as gone. A handler that ignores
  /// this is left running and logged: the process should then end with _exit. Hijacked connections
  /// are not touched, but for those of TLS, which end here: this process ciphers them.
  /// False: some are not done, and use what they were given.
  bool stop();
  /// Connections being served, hijacked ones not counted.
  size_t connections() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace gantry::http
