// What connects a socket of this machine with a client's SSH agent, until it goes. Plain interface.
#pragma once

namespace gantry::services {

class AgentLink {
 public:
  /// Ends the connections, too; waits for nobody outside.
  virtual ~AgentLink() = default;
};

}  // namespace gantry::services
