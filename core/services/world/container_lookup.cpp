#include "core/services/world/container_lookup.hpp"

#include "core/base/error.hpp"

namespace gantry::services {

state::ContainerPtr settled_container(const ContainerWorld& world, const std::string& reference) {
  world.inbox.await_exit_told(world.store.get(reference)->record.id);
  return world.store.get(reference);
}

LeasedContainer lease_container(const ContainerWorld& world, const std::string& reference) {
  const std::string id = settled_container(world, reference)->record.id;
  state::Lease lease = world.leases.take(id);
  state::ContainerPtr snapshot = world.store.find_id(id);
  if (!snapshot) throw Error(Errc::not_found, "No such container: " + reference);
  return {std::move(lease), std::move(snapshot)};
}

void require_running(const domain::ContainerRecord& record) {
  if (record.state.status == domain::Status::restarting)
    throw Error(Errc::conflict,
                "container " + record.id + " is restarting, wait until the container is running");
  if (!record.state.running())
    throw Error(Errc::conflict, "container " + record.id + " is not running");
}

}  // namespace gantry::services
