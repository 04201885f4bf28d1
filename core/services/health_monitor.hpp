// Runs health checks: each probe is an exec in the container, its result goes through the state
// machine of domain/health_check into the record (behaviours.md 13). Any thread. Between probes
// nothing runs.
#pragma once

#include <optional>
#include <string>

#include "core/domain/health_check.hpp"
#include "core/services/container_world.hpp"
#include "core/services/exec.hpp"
#include "core/services/timers.hpp"

namespace gantry::services {

class HealthMonitor {
 public:
  HealthMonitor(const ContainerWorld& world, Timers& timers, ExecService& exec)
      : world_(world), timers_(timers), exec_(exec) {}

  /// Health of a container that is about to run; nullopt without a check.
  std::optional<domain::Health> initial(const domain::ContainerRecord& record) const;
  /// The container runs (also: adopted at boot, unpaused): probing begins after one interval.
  void started(const domain::ContainerRecord& record);
  /// It ended or was paused: no more probes; its record shows `unhealthy`, as in Docker.
  void stopped(domain::ContainerRecord& record);

 private:
  void schedule(const std::string& id, UnixNanos started_at, std::chrono::nanoseconds delay);
  void probe(const std::string& id, UnixNanos started_at);
  void record_result(const std::string& id, UnixNanos started_at, const domain::HealthCheck& check,
                     domain::HealthResult result);

  const ContainerWorld& world_;
  Timers& timers_;
  ExecService& exec_;
};

}  // namespace gantry::services
