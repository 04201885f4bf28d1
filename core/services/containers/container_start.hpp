// Runs a container: a saga whose steps undo themselves when a later one fails
// (docs/architecture.md, the walk). Any thread; the container's lease is held throughout.
#pragma once

#include <string>
#include <vector>

#include "core/base/error.hpp"
#include "core/services/containers/held_streams.hpp"
#include "core/services/start/starts_under_way.hpp"
#include "core/services/world/container_world.hpp"
#include "core/services/world/exit_watch.hpp"

namespace gantry::services {

class LogForwarding;

class ContainerRemove;
class HealthMonitor;

class ContainerStart {
 public:
  ContainerStart(const ContainerWorld& world, StartsUnderWay& under_way, HeldStreams& held,
                 ExitWatch& watch, ContainerRemove& remove, HealthMonitor& health,
                 LogForwarding& forwarding)
      : world_(world),
        under_way_(under_way),
        held_(held),
        watch_(watch),
        remove_(remove),
        health_(health),
        forwarding_(forwarding) {}

  /// By a client. False: it runs already. Throws Docker's errors of behaviours.md 4.1; then the
  /// container has kept its state, error text and exit code (or is gone: auto-remove).
  /// `environment`: "NAME=value" for this run alone, which nothing of the engine keeps; it goes
  /// before what the container has of these names.
  bool run(const std::string& reference, const std::vector<std::string>& environment = {});

  /// By a restart policy (RestartCount was raised when the container ended) or at boot. The lease
  /// on the snapshot's id is held and the snapshot is current.
  enum class Count { keep, reset };
  void run_again(const state::ContainerPtr& snapshot, Count count);

 private:
  void start(domain::ContainerRecord record, const std::vector<std::string>& environment);
  /// The saga; returns the record as it runs.
  domain::ContainerRecord launch(domain::ContainerRecord record,
                                 const std::vector<std::string>& environment);
  void hand_over_streams(const domain::ContainerRecord& record);
  [[noreturn]] void fail(const domain::ContainerRecord& before, const Error& error,
                         bool by_runtime);

  const ContainerWorld& world_;
  StartsUnderWay& under_way_;
  HeldStreams& held_;
  ExitWatch& watch_;
  ContainerRemove& remove_;
  HealthMonitor& health_;
  LogForwarding& forwarding_;
};

}  // namespace gantry::services
