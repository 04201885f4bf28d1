// What the header fields of a server say of a call, its trailers included. Guarded by the session's
// mutex.
#pragma once

#include <optional>
#include <string>

#include "core/grpc/call.hpp"
#include "core/grpc/status.hpp"

namespace gantry::grpc {

class Response {
 public:
  /// The fields of one HEADERS frame; there may be several: interim answers, the answer, trailers.
  void add(const Metadata& fields);
  /// False when an HTTP server has answered that knows nothing of gRPC.
  bool is_grpc() const;
  /// Of the call, when it ends here.
  Status status() const;

 private:
  int http_status_ = 0;
  std::string content_type_;
  std::optional<Code> code_;
  std::string message_;
};

}  // namespace gantry::grpc
