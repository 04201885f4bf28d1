// POST /containers/{id}/update (behaviours.md 4.8). Any thread.
#pragma once

#include <string>

#include "core/domain/container_update.hpp"
#include "core/services/world/container_world.hpp"

namespace gantry::services {

class ContainerUpdates {
 public:
  explicit ContainerUpdates(const ContainerWorld& world) : world_(world) {}

  /// Limits of a running container change at once. When the runtime refuses, nothing has changed.
  /// Errors begin with `Cannot update container ID: `.
  void run(const std::string& reference, const domain::ContainerUpdate& update) const;

 private:
  void update_running(const std::string& id, const domain::ContainerUpdate& update) const;

  const ContainerWorld& world_;
};

}  // namespace gantry::services
