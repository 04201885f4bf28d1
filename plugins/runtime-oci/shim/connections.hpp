// All control connections: the creating one, and those accepted on <bundle>/shim.sock. One at a
// time is accepted also when no descriptor is left: whoever ends the container must get through.
#pragma once

#include <memory>
#include <vector>

#include "connection.hpp"
#include "events.hpp"
#include "loop.hpp"

namespace gantry::shim {

class Connections {
 public:
  Connections(Loop& loop, RequestHandler& handler, Events& events)
      : loop_(loop), handler_(handler), events_(events) {}

  // The socket in the working directory, mode 0600. Replaces one that a dead shim left.
  bool listen(Failure& why);
  void stop_listening();
  Connection& adopt(UniqueFd socket);
  // For replies that come later: nullptr when that connection has gone.
  Connection* find(std::uint64_t serial);
  // Destroys closed ones.
  void sweep();
  // Descriptors may have been freed.
  void resume();

 private:
  void on_accept(std::uint32_t events);
  UniqueFd accept();
  void on_retry();

  Loop& loop_;
  RequestHandler& handler_;
  Events& events_;
  UniqueFd listener_;
  UniqueFd spare_;  // given up for a connection that is accepted in its place
  Watch watch_;
  Timer retry_;
  std::uint64_t last_serial_ = 0;
  std::vector<std::unique_ptr<Connection>> connections_;
};

}  // namespace gantry::shim
