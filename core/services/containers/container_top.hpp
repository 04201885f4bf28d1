// GET /containers/{id}/top: the host's ps, reduced to the container's processes
// (behaviours.md 6.11). Any thread.
#pragma once

#include <string>
#include <vector>

#include "core/services/world/container_world.hpp"

namespace gantry::services {

struct ProcessTable {
  std::vector<std::string> titles;
  std::vector<std::vector<std::string>> processes;
};

/// Rows of ps output whose PID is in `pids`. Throws Error{internal} when there is no PID column.
/// Pure.
ProcessTable select_processes(const std::string& ps_output, const std::vector<int>& pids);

class ContainerTop {
 public:
  explicit ContainerTop(const ContainerWorld& world) : world_(world) {}
  /// `ps_args`: as sent; empty: "-ef".
  ProcessTable run(const std::string& reference, const std::string& ps_args);

 private:
  const ContainerWorld& world_;
};

}  // namespace gantry::services
