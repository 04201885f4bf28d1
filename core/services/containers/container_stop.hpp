// POST /containers/{id}/stop and /restart (behaviours.md 4.4). Any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "core/services/containers/container_exit.hpp"
#include "core/services/containers/container_kill.hpp"
#include "core/services/world/container_world.hpp"

namespace gantry::services {

struct StopOptions {
  std::optional<std::int64_t> timeout_seconds;  // negative: for ever
  std::string signal;                           // empty: the container's own
};

class ContainerStop {
 public:
  ContainerStop(const ContainerWorld& world, ContainerKill& kill, ExitWatch& watch,
                StopsUnderWay& stops)
      : world_(world), kill_(kill), watch_(watch), stops_(stops) {}

  /// Returns when the end is recorded and everything the run held is released; false: it did not
  /// run.
  bool run(const std::string& reference, const StopOptions& options);

 private:
  const ContainerWorld& world_;
  ContainerKill& kill_;
  ExitWatch& watch_;
  StopsUnderWay& stops_;
};

class ContainerRestart {
 public:
  ContainerRestart(const ContainerWorld& world, ContainerStop& stop, ContainerStart& start,
                   ContainerExit& exits)
      : world_(world), stop_(stop), start_(start), exits_(exits) {}

  /// Throws Error{internal} `Cannot restart container X: …`.
  void run(const std::string& reference, const StopOptions& options);

 private:
  const ContainerWorld& world_;
  ContainerStop& stop_;
  ContainerStart& start_;
  ContainerExit& exits_;
};

}  // namespace gantry::services
