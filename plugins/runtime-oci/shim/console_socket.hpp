// Where the OCI runtime delivers the master of the container's terminal: it connects to a unix
// socket in the bundle and sends the descriptor (runc's --console-socket protocol).
#pragma once

#include "../protocol/unique_fd.hpp"
#include "failure.hpp"

namespace gantry::shim {

class ConsoleSocket {
 public:
  static constexpr char kName[] = "tty.sock";

  bool listen(Failure& why);
  // After the runtime has ended: what it sent is there, or never comes. Closes and removes the
  // socket.
  UniqueFd take_master();
  void close();

 private:
  UniqueFd listener_;
};

}  // namespace gantry::shim
