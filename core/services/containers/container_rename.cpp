#include "core/services/containers/container_rename.hpp"

#include "core/base/error.hpp"
#include "core/base/scope_guard.hpp"
#include "core/domain/container_request.hpp"
#include "core/services/world/container_events.hpp"
#include "core/services/world/container_lookup.hpp"

namespace gantry::services {

void ContainerRename::run(const std::string& reference, const std::string& new_name) {
  if (reference.empty() || new_name.empty())
    throw Error(Errc::invalid, "Neither old nor new names may be empty");
  const auto [lease, snapshot] = lease_container(world_, reference);
  domain::ContainerRecord record = snapshot->record;
  const std::string old_name = record.name;
  const std::string bare = new_name.front() == '/' ? new_name.substr(1) : new_name;
  if (bare == old_name)
    throw Error(Errc::invalid, "Renaming a container with the same name as its current name");
  try {
    record.name = domain::check_container_name(new_name);
    const state::NameReservation reservation = world_.store.reserve_name(record.name, record.id);
    ScopeGuard undo([&, this] {
      domain::ContainerRecord before = snapshot->record;
      world_.networks.renamed(before, record.name);
    });
    world_.networks.renamed(record, old_name);
    world_.store.put(record);
    undo.dismiss();
  } catch (const Error& error) {
    throw Error(error.code(), "Error when allocating new name: " + std::string(error.what()));
  }
  publish_container_event(world_.events, record, "rename", {{"oldName", "/" + old_name}});
}

}  // namespace gantry::services
