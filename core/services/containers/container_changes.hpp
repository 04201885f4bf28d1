// GET /containers/{id}/changes (docker diff). Any thread.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "core/services/world/container_uses.hpp"
#include "core/services/world/container_world.hpp"

namespace gantry::services {

class ContainerChanges {
 public:
  ContainerChanges(const ContainerWorld& world, ContainerUses& uses) : world_(world), uses_(uses) {}
  /// Sorted by path. `cancelled`: the client is gone.
  std::vector<pluginhost::PathChange> run(const std::string& reference,
                                          const std::function<bool()>& cancelled) const {
    const std::string id = world_.store.get(reference)->record.id;
    const ContainerUses::Use use(uses_, id);
    return world_.runtime.changes(id, {cancelled, {}, {}});
  }

 private:
  const ContainerWorld& world_;
  ContainerUses& uses_;
};

}  // namespace gantry::services
