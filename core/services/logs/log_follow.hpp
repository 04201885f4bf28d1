// Reads a container's log while it runs: what is there, what is appended, and at the container's
// end the rest. Blocks its thread without polling. Any thread.
#pragma once

#include <memory>
#include <mutex>

#include "core/base/file_watch.hpp"
#include "core/base/notifier.hpp"
#include "core/services/logs/log_session.hpp"
#include "core/services/world/container_world.hpp"
#include "core/services/world/exit_watch.hpp"

namespace gantry::services {

class LogFollow {
 public:
  LogFollow(const ContainerWorld& world, ExitWatch& watch) : world_(world), watch_(watch) {}

  /// Until the container ends (at once, when it does not run), the window's `until`, the consumer
  /// wants no more, the peer is gone, or the engine stops.
  void run(const domain::ContainerRecord& record, const LogWindow& window, LogConsumer& consumer,
           const Peer& peer);

 private:
  FileWatcher& watcher();

  const ContainerWorld& world_;
  ExitWatch& watch_;
  std::once_flag watcher_once_;
  std::unique_ptr<FileWatcher> watcher_;  // it has a thread: made for the first follower
};

}  // namespace gantry::services
