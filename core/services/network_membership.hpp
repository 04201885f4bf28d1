// Connects containers to networks and takes them off again, also while they run
// (behaviours.md 11.5). Any thread.
#pragma once

#include <string>

#include "core/services/networks.hpp"
#include "core/state/container_store.hpp"
#include "core/state/leases.hpp"

namespace gantry::services {

class NetworkMembership {
 public:
  NetworkMembership(state::ContainerStore& store, state::Leases& leases, Networks& networks)
      : store_(store), leases_(leases), networks_(networks) {}

  void connect(const std::string& network, const std::string& container,
               const domain::Endpoint& endpoint);
  /// force: a container that does not exist is no error.
  void disconnect(const std::string& network, const std::string& container, bool force);

 private:
  state::ContainerStore& store_;
  state::Leases& leases_;
  Networks& networks_;
};

}  // namespace gantry::services
