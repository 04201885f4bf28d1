// One gRPC call: messages both ways, until both sides have ended it. One thread at a time sends
// and one receives; they may be different ones.
#pragma once

#include <cstddef>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/grpc/status.hpp"

namespace gantry::grpc {

/// Of a message, in bytes: BuildKit's limit. A larger one ends its call (resource_exhausted).
inline constexpr std::size_t kMaxMessage = 16u << 20;

/// Names in small letters; values as they are on the wire (those of "…-bin" in base64). A name may
/// come more than once.
using Metadata = std::vector<std::pair<std::string, std::string>>;

class Call {
 public:
  virtual ~Call() = default;

  /// "/package.Service/Method"
  virtual const std::string& path() const = 0;
  /// The caller's metadata, without HTTP/2's own fields. Server only.
  virtual const Metadata& metadata() const = 0;

  /// The next message; nullopt once the peer has ended its side well. Blocks. Throws Error when the
  /// call failed: for a client the server's status, else cancelled (the peer gave up, or `stop`
  /// fired) or unavailable (the connection broke).
  virtual std::optional<std::string> receive(const std::stop_token& stop = {}) = 0;
  /// Queues a message; blocks while the peer takes none and the queue is full. Throws as receive();
  /// cancelled as well when the server has ended the call without error: receive() tells then.
  virtual void send(std::string_view message) = 0;
  /// Client only: no more messages from here.
  virtual void close_send() = 0;
  /// Fires when the call has been given up by the peer, or the connection is gone.
  virtual std::stop_token gone() const = 0;
};

}  // namespace gantry::grpc
