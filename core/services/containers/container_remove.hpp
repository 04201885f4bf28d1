// DELETE /containers/{id}, and removal by the engine itself (auto-remove, prune, restore). Any
// thread.
#pragma once

#include <string>

#include "core/services/containers/container_kill.hpp"
#include "core/services/containers/held_streams.hpp"
#include "core/services/world/container_uses.hpp"
#include "core/services/world/container_world.hpp"
#include "core/services/world/exit_watch.hpp"

namespace gantry::services {

class LogForwarding;

class ContainerRemove {
 public:
  ContainerRemove(const ContainerWorld& world, ContainerKill& kill, ExitWatch& watch,
                  HeldStreams& held, LogForwarding& forwarding, ContainerUses& uses)
      : world_(world),
        kill_(kill),
        watch_(watch),
        held_(held),
        forwarding_(forwarding),
        uses_(uses) {}

  struct Options {
    bool force = false;    // kill it first when it runs
    bool volumes = false;  // its anonymous volumes go as well
    bool link = false;     // only a legacy link of that name
  };
  /// Throws Docker's errors of behaviours.md 4.1.
  void run(const std::string& reference, const Options& options);

  /// Of a container that does not run. The lease is held. A removal that fails half-way stays
  /// marked, shows as `dead` and can be tried again.
  void remove_leased(const state::ContainerPtr& snapshot, bool volumes);

 private:
  void end_process(const state::ContainerPtr& snapshot);
  void discard_files(const domain::ContainerRecord& record, bool volumes);

  const ContainerWorld& world_;
  ContainerKill& kill_;
  ExitWatch& watch_;
  HeldStreams& held_;
  LogForwarding& forwarding_;
  ContainerUses& uses_;
};

}  // namespace gantry::services
