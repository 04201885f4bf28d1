// Runs health checks: each probe is an exec in the container, its result goes through the state
// machine of domain/health_check into the record (behaviours.md 13). Any thread. Between probes
// nothing runs, and while a probe runs no thread waits for it alone.
#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <string>

#include "core/domain/health_check.hpp"
#include "core/services/base/timers.hpp"
#include "core/services/processes/exec.hpp"
#include "core/services/processes/health_probe.hpp"
#include "core/services/processes/probe_outputs.hpp"
#include "core/services/world/container_world.hpp"

namespace gantry::services {

class HealthMonitor {
 public:
  HealthMonitor(const ContainerWorld& world, Timers& timers, ProbeOutputs& outputs,
                ExecService& exec)
      : world_(world), timers_(timers), outputs_(outputs), exec_(exec) {}

  /// Health of a container that is about to run: starting anew, with the log of its earlier runs;
  /// nullopt without a check.
  std::optional<domain::Health> initial(const domain::ContainerRecord& record) const;
  /// The container runs (also: adopted at boot, unpaused): probing begins after one interval.
  void started(const domain::ContainerRecord& record);
  /// It ended or was paused: no more probes, one under way is ended; its record shows `unhealthy`,
  /// as in Docker.
  void stopped(domain::ContainerRecord& record);

 private:
  /// One run of a container. A result that comes when its watch is over belongs to nobody.
  struct Watch {
    std::string id;
    UnixNanos started_at = 0;
    std::uint64_t serial = 0;
    domain::HealthCheck check;
  };

  struct Probing {
    Watch watch;
    std::string exec_id;
    UnixNanos start = 0;
  };

  void schedule(const Watch& watch, std::chrono::nanoseconds delay);
  void probe(const Watch& watch);
  void late(const Probing& probing, const std::string& text);
  void ended(const Probing& probing, std::string text);
  /// False: the watch is over.
  bool record_result(const Watch& watch, domain::HealthResult result);
  void schedule_next(const Watch& watch);
  void end_watch(const std::string& id);

  struct Active {
    std::uint64_t serial = 0;
    std::string exec_id;       // of the probe under way, or empty
    std::uint64_t output = 0;  // its number at ProbeOutputs
    bool late = false;         // its time is over, which is its result
  };
  /// Null: the watch is over. The mutex is held.
  Active* find_locked(const Watch& watch);

  const ContainerWorld& world_;
  Timers& timers_;
  ProbeOutputs& outputs_;
  ExecService& exec_;

  std::mutex mutex_;
  std::map<std::string, Active> active_;  // by container
  std::uint64_t next_serial_ = 1;
};

}  // namespace gantry::services
