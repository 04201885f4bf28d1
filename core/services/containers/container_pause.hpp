// POST /containers/{id}/pause and /unpause. Any thread.
#pragma once

#include <string>

#include "core/services/world/container_world.hpp"

namespace gantry::services {

class HealthMonitor;

class ContainerPause {
 public:
  ContainerPause(const ContainerWorld& world, HealthMonitor& health)
      : world_(world), health_(health) {}
  void pause(const std::string& reference);
  void resume(const std::string& reference);

 private:
  const ContainerWorld& world_;
  HealthMonitor& health_;
};

}  // namespace gantry::services
