// POST /containers/{id}/resize. Any thread.
#pragma once

#include <cstdint>
#include <string>

#include "core/services/world/container_world.hpp"

namespace gantry::services {

class ContainerResize {
 public:
  explicit ContainerResize(const ContainerWorld& world) : world_(world) {}
  void run(const std::string& reference, std::uint32_t rows, std::uint32_t columns);

 private:
  const ContainerWorld& world_;
};

}  // namespace gantry::services
