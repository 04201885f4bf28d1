// How a gRPC call ended, and what that is as an Error (gRPC "Status codes and their use"). Any
// thread.
#pragma once

#include <string>

#include "core/base/error.hpp"

namespace gantry::grpc {

enum class Code : int {
  ok = 0,
  cancelled = 1,
  unknown = 2,
  invalid_argument = 3,
  deadline_exceeded = 4,
  not_found = 5,
  already_exists = 6,
  permission_denied = 7,
  resource_exhausted = 8,
  failed_precondition = 9,
  aborted = 10,
  out_of_range = 11,
  unimplemented = 12,
  internal = 13,
  unavailable = 14,
  data_loss = 15,
  unauthenticated = 16,
};

struct Status {
  Code code = Code::ok;
  std::string message{};
  /// A google.rpc.Status, serialized, for peers that want to know more; it says the above again.
  std::string details{};

  bool is_ok() const { return code == Code::ok; }
};

/// An Error with a whole status.
class StatusError : public Error {
 public:
  explicit StatusError(Status status);
  const Status& status() const { return status_; }

 private:
  Status status_;
};

Status status_of(const Error& error);
/// Not for Code::ok.
Error error_of(const Status& status);

}  // namespace gantry::grpc
