// POST /containers/prune (behaviours.md 4.10). Any thread; one at a time.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <vector>

#include "core/domain/filter_args.hpp"
#include "core/services/containers/container_remove.hpp"
#include "core/services/world/container_world.hpp"

namespace gantry::services {

class ContainerPrune {
 public:
  ContainerPrune(const ContainerWorld& world, ContainerRemove& remove)
      : world_(world), remove_(remove) {}

  struct Pruned {
    std::vector<std::string> ids;
    std::uint64_t reclaimed = 0;  // bytes
  };
  /// Filters label, label!, until. Throws Error{conflict} `a prune operation is already running`.
  Pruned run(const domain::FilterArgs& filters);

 private:
  const ContainerWorld& world_;
  ContainerRemove& remove_;
  std::atomic<bool> running_{false};
};

}  // namespace gantry::services
