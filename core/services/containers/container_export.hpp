// GET /containers/{id}/export: the root filesystem as one tar. Any thread.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "core/services/world/container_uses.hpp"
#include "core/services/world/container_world.hpp"

namespace gantry::services {

class ContainerExport {
 public:
  ContainerExport(const ContainerWorld& world, ContainerUses& uses) : world_(world), uses_(uses) {}
  /// Finds the container before anything is answered.
  state::ContainerPtr open(const std::string& reference) const;
  /// Sends the tar in large pieces; `sink` returns false when the client is gone. Throws what the
  /// runtime says; then the tar is incomplete.
  void run(const state::ContainerPtr& container, const std::function<bool(std::string_view)>& sink);

 private:
  const ContainerWorld& world_;
  ContainerUses& uses_;
};

}  // namespace gantry::services
