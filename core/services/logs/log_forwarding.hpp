// Takes the logs of containers with a log driver there, while they run and after they ended. Each
// has a thread of its own: a driver that hangs or fails concerns its own containers only. Any
// thread.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "core/services/base/workers.hpp"
#include "core/services/logs/forwarded_log.hpp"
#include "core/services/world/container_world.hpp"

namespace gantry::services {

class LogForwarding {
 public:
  LogForwarding(const ContainerWorld& world, LogFollow& follow) : world_(world), follow_(follow) {}

  /// The container runs, or may have left something in its log that is not taken yet.
  void started(const domain::ContainerRecord& record);
  /// Before its log is removed: gives the driver a moment for the rest. The container's lease is
  /// held.
  void finish(const domain::ContainerRecord& record);
  /// What is not taken now is taken by the next daemon. False: a driver does not return, and with
  /// it a thread.
  bool stop();

 private:
  using Forwarded = std::shared_ptr<ForwardedLog>;
  void run(const std::string& id, const Forwarded& forwarded);

  const ContainerWorld& world_;
  LogFollow& follow_;
  std::mutex mutex_;
  std::map<std::string, Forwarded> running_;  // guarded by mutex_
  bool stopped_ = false;                      // likewise
  Workers workers_{4096};
};

}  // namespace gantry::services
