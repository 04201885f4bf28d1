// One client's connection: reads requests, has them answered, one after the other, until either
// side ends it or a handler takes it over. Lives on the stack of its thread and is used by that
// thread only.
#pragma once

#include <atomic>
#include <string>

#include "core/base/notifier.hpp"
#include "core/base/unique_fd.hpp"
#include "core/http/input_buffer.hpp"
#include "core/http/open_connections.hpp"
#include "core/http/quiet_watch.hpp"
#include "core/http/request_head.hpp"
#include "core/http/response_head.hpp"
#include "core/http/router.hpp"
#include "core/http/server.hpp"

namespace gantry::http {

/// What all connections of a server share. Kept alive by each of them: a handler that does not end
/// must not pull the ground from under itself when the server is gone.
struct ServerContext {
  ServerContext(const Router& r, ServerOptions o, std::string headers)
      : router(r),
        options(std::move(o)),
        common_headers(std::move(headers)),
        quiet(options.on_quiet, {options.quiet_time, options.quiet_apart}) {}

  const Router& router;
  const ServerOptions options;
  const std::string common_headers;
  OpenConnections open;
  QuietWatch quiet;  // watched by the thread that accepts
};

class Connection {
 public:
  /// `half_close_is_gone`: see Peer.
  Connection(ServerContext& context, UniqueFd fd, bool half_close_is_gone);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  /// Returns when the connection is over.
  void serve();

  // For the exchange under way.
  ServerContext& context() { return context_; }
  int fd() const { return fd_.get(); }
  Peer peer() const { return Peer(fd_.get(), half_close_is_gone_); }
  InputBuffer& input() { return input_; }
  ResponseHeadWriter& heads() { return heads_; }
  /// Reused for every answer's head and small body.
  std::string& scratch() { return scratch_; }
  std::string& extra_headers() { return extra_headers_; }
  void set_phase(Phase phase) { phase_.store(phase, std::memory_order_relaxed); }
  /// Streams may be read as slowly as their client likes: `docker logs | less`.
  void lift_send_timeout();
  /// Gives the connection away: blocking, without timeouts, unknown to the server. Throws
  /// Error{unavailable} when the server is stopping: half of the connection may be shut down
  /// already.
  UniqueFd detach();

 private:
  bool read_head();
  /// Answers one request; false when the connection is not to be used again.
  bool handle_request();
  void refuse(int status, std::string_view message);
  void linger();

  ServerContext& context_;
  UniqueFd fd_;
  bool half_close_is_gone_;
  bool entered_ = false;
  std::atomic<Phase> phase_{Phase::idle};
  InputBuffer input_;
  ResponseHeadWriter heads_;
  RequestHead head_;
  size_t head_size_ = 0;
  std::string scratch_;
  std::string extra_headers_;
};

}  // namespace gantry::http
