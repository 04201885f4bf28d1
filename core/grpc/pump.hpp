// Moves bytes between a socket and a session, on one thread: a poll(2) loop that waits for the
// socket and for the threads that use the session.
#pragma once

#include <functional>
#include <string>

#include "core/base/unique_fd.hpp"
#include "core/grpc/session.hpp"

namespace gantry::grpc {

class Pump {
 public:
  /// Owns the socket, borrows the session. `after_input` runs after every piece that was read.
  Pump(UniqueFd fd, Session& session, std::function<void()> after_input);

  /// Until the peer is gone or the session is over; `read_ahead` comes first. Throws Error when the
  /// system fails.
  void run(std::string_view read_ahead);

 private:
  bool feed(std::string_view bytes);
  bool receive();
  bool flush();
  void read_the_rest();

  UniqueFd fd_;
  Session& session_;
  std::function<void()> after_input_;
  std::string out_;    // taken from the session
  size_t sent_ = 0;    // of it
  bool more_ = false;  // the session may have more
};

}  // namespace gantry::grpc
