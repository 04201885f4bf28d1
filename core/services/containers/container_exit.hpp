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
#include "core/services/base/timers.hpp"
#include "core/services/base/workers.hpp"
#include "core/services/containers/container_remove.hpp"
#include "core/services/containers/container_start.hpp"
#include "core/services/containers/stops_under_way.hpp"
#include "core/services/world/container_world.hpp"
#include "core/services/world/exit_watch.hpp"

namespace gantry::services {

struct ExitFact {
  std::string container_id;
  int exit_code = 0;
  bool oom_killed = false;
  UnixNanos time = 0;  // when it ended; 0: now
  std::string error;
  int pid = 0;  // of the run that ended; 0: the run on record
  /// Found at boot: a restart is left to those who start everything in order (BootStarts).
  bool at_boot = false;
};

class ContainerExit {
 public:
  ContainerExit(const ContainerWorld& world, ExitWatch& watch, Workers& workers, Timers& timers,
                StopsUnderWay& stops, ContainerRemove& remove, ContainerStart& start,
                HealthMonitor& health)
      : world_(world),
        watch_(watch),
        workers_(workers),
        timers_(timers),
        stops_(stops),
        remove_(remove),
        start_(start),
        health_(health) {}

  /// Takes the lease. A fact about an earlier run, or told twice, changes nothing. Returns before
  /// the end is recorded when clients are still given the last of the output; the lease is held
  /// until then. Throws nothing: an end that cannot be recorded (a full disk, a lease that is not
  /// to be had) is handled again later, until it can.
  void handle(const ExitFact& fact) noexcept;
  void handle_leased(const state::ContainerPtr& snapshot, const ExitFact& fact);
  /// An end that handle_leased() threw for is logged, and handled later.
  void failed(const ExitFact& fact, const char* why) noexcept;

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
  void handle_later(const ExitFact& fact, state::Lease lease);
  void finish(const ExitFact& fact, state::Lease lease) noexcept;
  void release_run(domain::ContainerRecord running, const state::ContainerPtr& ended,
                   const domain::ExitDecision& decision);
  void publish_die(const domain::ContainerRecord& ended, UnixNanos started_at) const;
  /// Others that have joined its network keep the stack alive, which would keep its interfaces.
  void clear_stacks_of_guests(const domain::ContainerRecord& ended) const;
  domain::ExitDecision decide(const domain::ContainerRecord& record, const ExitFact& fact,
                              UnixNanos finished_at);
  void schedule_restart(const std::string& id, std::chrono::nanoseconds delay);
  void restart(const std::string& id);

  const ContainerWorld& world_;
  ExitWatch& watch_;
  Workers& workers_;
  Timers& timers_;
  StopsUnderWay& stops_;
  ContainerRemove& remove_;
  ContainerStart& start_;
  HealthMonitor& health_;
  std::mutex mutex_;
  std::multiset<std::string> kept_;
};

}  // namespace gantry::services
