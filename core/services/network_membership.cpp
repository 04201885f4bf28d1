#include "core/services/network_membership.hpp"

#include "core/base/error.hpp"

namespace gantry::services {
namespace {

/// The record as it is under the lease: what was looked up before may have changed meanwhile.
domain::ContainerRecord current(const state::ContainerStore& store, const std::string& id) {
  const auto snapshot = store.find_id(id);
  if (!snapshot) throw Error(Errc::not_found, "No such container: " + id);
  if (snapshot->record.removing || snapshot->record.state.dead)
    throw Error(
        Errc::conflict,
        "Container " + id +
            " is marked for removal and cannot be connected or disconnected to the network");
  return snapshot->record;
}

}  // namespace

void NetworkMembership::connect(const std::string& network, const std::string& container,
                                const domain::Endpoint& endpoint) {
  const std::string id = store_.get(container)->record.id;
  const state::Lease lease = leases_.take(id);
  domain::ContainerRecord record = current(store_, id);
  networks_.connect(record, network, endpoint);
  store_.put(std::move(record));
}

void NetworkMembership::disconnect(const std::string& network, const std::string& container,
                                   bool force) {
  const auto found = store_.find(container);
  if (!found) {
    networks_.get(network);
    if (force) return;
    throw Error(Errc::not_found, "No such container: " + container);
  }
  const std::string id = found->record.id;
  const state::Lease lease = leases_.take(id);
  domain::ContainerRecord record = current(store_, id);
  networks_.disconnect(record, network);
  store_.put(std::move(record));
}

}  // namespace gantry::services
