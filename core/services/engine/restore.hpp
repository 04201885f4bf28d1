// At boot: makes records and runtime agree (docs/architecture.md, State). What runs is adopted;
// what ended meanwhile is recorded as ended; what was being made, started or removed is finished or
// undone; what belongs to nobody is ended, and removed if it is no container's. Runs once, before
// the first request and before events are handled.
#pragma once

#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "core/services/base/workers.hpp"
#include "core/services/containers/container_exit.hpp"
#include "core/services/containers/container_remove.hpp"
#include "core/services/engine/boot_starts.hpp"
#include "core/services/processes/health_monitor.hpp"
#include "core/services/world/container_world.hpp"

namespace gantry::services {

class LogForwarding;

class Restore {
 public:
  Restore(const ContainerWorld& world, ContainerExit& exits, ContainerRemove& remove,
          BootStarts& starts, HealthMonitor& health, Workers& workers, LogForwarding& forwarding)
      : world_(world),
        exits_(exits),
        remove_(remove),
        starts_(starts),
        health_(health),
        workers_(workers),
        forwarding_(forwarding) {}

  /// Quick for stopped containers: nothing is asked about them one by one. Starts by restart policy
  /// and removals go on in the background.
  void run();
  /// Then what nobody seems to need may be theirs.
  bool records_were_lost() const { return records_were_lost_; }

 private:
  /// Throws when it has no containers, but some run: an empty database must not end them.
  void check_journal_is_theirs() const;
  bool has_directory(const std::string& container_id) const;
  /// Logs are with their containers, wherever the root was when those were created.
  void settle_log_paths();
  void refer_to_volumes();
  void undo_starts();
  void read_membership_changes();
  /// Runs `step` with the container's lease held; in the background when its volumes may hang.
  void leased(const state::ContainerPtr& container, std::function<void()> step);
  void reconcile(const state::ContainerPtr& container);
  void adopt(domain::ContainerRecord record, const pluginhost::RuntimeState& state);
  void adopt_execs(const std::string& container_id);
  void remove_orphans();
  void finish_removal(const std::string& id);

  const ContainerWorld& world_;
  ContainerExit& exits_;
  ContainerRemove& remove_;
  BootStarts& starts_;
  HealthMonitor& health_;
  Workers& workers_;
  LogForwarding& forwarding_;
  std::map<std::string, pluginhost::RuntimeState> at_runtime_;
  std::set<std::string> half_started_;
  bool records_were_lost_ = false;
  std::map<std::string, MembershipIntent> membership_changes_;  // by container id
  std::vector<state::ContainerPtr> adopted_;
};

}  // namespace gantry::services
