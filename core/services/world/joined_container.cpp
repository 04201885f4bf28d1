#include "core/services/world/joined_container.hpp"

#include "core/base/error.hpp"
#include "core/domain/joined_containers.hpp"

namespace gantry::services {

state::ContainerPtr get_joined(const state::ContainerStore& store, const std::string& joining,
                               const std::string& mode, const std::string& what) {
  const std::string reference = domain::joined_container(mode).value();
  const state::ContainerPtr donor = store.find(reference);
  const bool network = what == "network";
  // Docker calls it internal: the client's request was fine when it was made.
  const std::string failed = network ? "joining network namespace of container: "
                                     : "failed to join " + what + " namespace: ";
  if (!donor) throw Error(Errc::internal, failed + "No such container: " + reference);
  if (network && donor->record.id == joining)
    throw Error(Errc::internal, "cannot join own network namespace");
  const domain::State& state = donor->record.state;
  if (!state.running() && network)
    throw Error(Errc::conflict,
                "cannot join network namespace of a non running container: container " +
                    donor->record.name + " is " + std::string(domain::to_string(state.status)));
  if (!state.running())
    throw Error(Errc::internal, failed + "container " + donor->record.id + " is not running");
  if (state.status == domain::Status::restarting)
    throw Error(network ? Errc::conflict : Errc::internal,
                (network ? "cannot join network namespace of container: " : failed) + "Container " +
                    donor->record.id + " is restarting, wait until the container is running");
  return donor;
}

std::string network_files_owner(const state::ContainerStore& store,
                                const domain::ContainerRecord& record) {
  constexpr int kMaxHops = 64;  // they may go in a circle, none of which runs
  std::string owner = record.id;
  auto joined = domain::joined_container(record.host_config.network_mode);
  for (int hops = 0; joined && hops < kMaxHops; ++hops) {
    const state::ContainerPtr donor = store.find_stored(*joined);
    if (!donor) break;
    owner = donor->record.id;
    joined = domain::joined_container(donor->record.host_config.network_mode);
  }
  return owner;
}

}  // namespace gantry::services
