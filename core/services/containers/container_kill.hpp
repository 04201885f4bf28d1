// Signals for containers (behaviours.md 4.4). Any thread.
#pragma once

#include <string>

#include "core/services/base/timers.hpp"
#include "core/services/world/container_world.hpp"
#include "core/services/world/exit_watch.hpp"

namespace gantry::services {

class HealthMonitor;

class ContainerKill {
 public:
  ContainerKill(const ContainerWorld& world, ExitWatch& watch, Timers& timers,
                HealthMonitor& health)
      : world_(world), watch_(watch), timers_(timers), health_(health) {}

  /// By a client; `signal` as sent, empty: SIGKILL, and then the end is waited for. Throws Docker's
  /// errors.
  void run(const std::string& reference, const std::string& signal);

  /// Sends a signal and notes that the container was stopped by hand. Takes the lease. A container
  /// in its restart back-off just ends. Throws Error{conflict} `container ID is not running`; a
  /// process that is already gone is no error: its exit is on the way.
  void send(const std::string& container_id, int signal);

 private:
  void unpaused(const state::ContainerPtr& snapshot);
  void end_back_off(const state::ContainerPtr& snapshot);

  const ContainerWorld& world_;
  ExitWatch& watch_;
  Timers& timers_;
  HealthMonitor& health_;
};

/// Key of the timer that restarts a container.
std::string restart_timer(const std::string& container_id);

}  // namespace gantry::services
