// POST /containers/{id}/rename (behaviours.md 4.8). Any thread.
#pragma once

#include <string>

#include "core/services/world/container_world.hpp"

namespace gantry::services {

class ContainerRename {
 public:
  explicit ContainerRename(const ContainerWorld& world) : world_(world) {}
  void run(const std::string& reference, const std::string& new_name);

 private:
  const ContainerWorld& world_;
};

}  // namespace gantry::services
