// gRPC over one HTTP/2 connection that is there already (an upgraded one, prior knowledge, no TLS):
// the side that answers calls, or the side that makes them. nghttp2 does HTTP/2.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "core/base/unique_fd.hpp"
#include "core/grpc/call.hpp"

namespace gantry::grpc {

/// Answers one call on a thread of its own; what it returns, or throws as Error, is its status.
using Handler = std::function<Status(Call&)>;

class Connection {
 public:
  /// Answers calls with `handler`. `read_ahead`: what the peer had sent behind the upgrade.
  static std::unique_ptr<Connection> server(UniqueFd fd, std::string read_ahead, Handler handler);
  /// Makes calls; incoming ones are refused.
  static std::unique_ptr<Connection> client(UniqueFd fd, std::string read_ahead);

  /// Any thread, after run() has returned (or was never called). Every Call is gone by then.
  virtual ~Connection() = default;

  /// Serves the connection on this thread until the peer goes, breaks the protocol, or close() is
  /// called. Then every call has failed, and the threads of handlers have ended. Call it once.
  virtual void run() = 0;
  /// Any thread: makes run() return soon. Calls end as if the connection had broken.
  virtual void close() = 0;
  /// Any thread; client only. Works before run() as well: what it sends waits for it. When the Call
  /// goes before it has ended, the peer is told that it is cancelled. Throws Error{unavailable}
  /// when the connection is closed.
  virtual std::unique_ptr<Call> call(const std::string& path, const Metadata& metadata = {}) = 0;
};

/// For a method with one message each way. Throws Error.
std::string call_once(Connection& connection, const std::string& path, std::string_view message,
                      const std::stop_token& stop, const Metadata& metadata = {});

}  // namespace gantry::grpc
