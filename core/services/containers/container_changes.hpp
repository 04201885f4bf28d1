// GET /containers/{id}/changes (docker diff). Any thread.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "core/services/world/container_world.hpp"

namespace gantry::services {

class ContainerChanges {
 public:
  explicit ContainerChanges(const ContainerWorld& world) : world_(world) {}
  /// Sorted by path. `cancelled`: the client is gone.
  std::vector<pluginhost::PathChange> run(const std::string& reference,
                                          const std::function<bool()>& cancelled) const {
    return world_.runtime.changes(world_.store.get(reference)->record.id, {cancelled, {}, {}});
  }

 private:
  const ContainerWorld& world_;
};

}  // namespace gantry::services
