// Connects containers to networks and takes them off again, also while they run
// (behaviours.md 11.5). Any thread.
#pragma once

#include <functional>
#include <string>

#include "core/services/networks/membership_intent.hpp"
#include "core/services/networks/networks.hpp"
#include "core/state/container_store.hpp"
#include "core/state/leases.hpp"

namespace gantry::services {

class NetworkMembership {
 public:
  NetworkMembership(state::ContainerStore& store, state::Leases& leases, Networks& networks)
      : store_(store), leases_(leases), networks_(networks) {}

  void connect(const std::string& network, const std::string& container,
               const domain::Endpoint& endpoint);
  /// force: a container that does not exist is an endpoint that does not exist, in Docker's words.
  void disconnect(const std::string& network, const std::string& container, bool force);

 private:
  using Work = std::function<void(domain::ContainerRecord&)>;
  /// Runs `work` on the record and publishes it; what a crash may leave half-done is noted first.
  /// `failed` gets the changed record of a container that runs when it could not be written.
  void change(domain::ContainerRecord record, const MembershipIntent& intent, const Work& work,
              const Work& failed);

  state::ContainerStore& store_;
  state::Leases& leases_;
  Networks& networks_;
};

}  // namespace gantry::services
