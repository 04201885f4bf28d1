// The end of a container's process: record, waiters, events, release of what the run held, and what
// its restart policy or auto-remove ask for next. Called by the exit monitor and at boot; any
// thread.
#pragma once

#include <chrono>
#include <memory>
#include <mutex>
#include <set>
#include <string>

#include "core/domain/restart_decision.hpp"
#include "core/services/container_remove.hpp"
#include "core/services/container_start.hpp"
#include "core/services/container_world.hpp"
#include "core/services/exit_watch.hpp"
#include "core/services/timers.hpp"

namespace gantry::services {

struct ExitFact {
  std::string container_id;
  int exit_code = 0;
  bool oom_killed = false;
  UnixNanos time = 0;  // when it ended; 0: now
  std::string error;
  /// Found at boot: a restart is left to those who start everything in order (BootStarts).
  bool at_boot = false;
};

class ContainerExit {
 public:
  ContainerExit(const ContainerWorld& world, ExitWatch& watch, Timers& timers,
                ContainerRemove& remove, ContainerStart& start, HealthMonitor& health)
      : world_(world),
        watch_(watch),
        timers_(timers),
        remove_(remove),
        start_(start),
        health_(health) {}

  /// Takes the lease. A fact about an earlier run, or told twice, changes nothing.
  void handle(const ExitFact& fact);
  void handle_leased(const state::ContainerPtr& snapshot, const ExitFact& fact);

  /// While it lives the container's next exit neither removes nor restarts it (docker restart).
  class Keep {
   public:
    Keep(ContainerExit& exits, std::string id);
    ~Keep();
    Keep(const Keep&) = delete;
    Keep& operator=(const Keep&) = delete;

   private:
    ContainerExit& exits_;
    std::string id_;
  };

 private:
  domain::ExitDecision decide(const domain::ContainerRecord& record, const ExitFact& fact,
                              UnixNanos finished_at);
  void schedule_restart(const std::string& id, std::chrono::nanoseconds delay);
  void restart(const std::string& id);

  const ContainerWorld& world_;
  ExitWatch& watch_;
  Timers& timers_;
  ContainerRemove& remove_;
  ContainerStart& start_;
  HealthMonitor& health_;
  std::mutex mutex_;
  std::multiset<std::string> kept_;
};

}  // namespace gantry::services
