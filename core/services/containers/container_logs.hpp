// GET /containers/{id}/logs (behaviours.md 3.13, 3.14): reads the file the supervisor writes,
// whatever log driver is set. Any thread; following blocks its thread without polling.
#pragma once

#include <optional>
#include <string>

#include "core/services/logs/log_follow.hpp"
#include "core/services/logs/log_framer.hpp"
#include "core/services/world/container_world.hpp"

namespace gantry::services {

enum class LogPart { whole, rotated, current };  // rotated: all files but the current one

struct LogQuery {
  bool out = false, err = false;
  bool follow = false, timestamps = false, details = false;
  std::optional<std::uint64_t> tail;  // nullopt: all
  UnixNanos since = 0, until = 0;     // 0: open
  LogPart part = LogPart::whole;      // with `tail` or `since`: never the current file alone
  bool multiplexed = true;            // framed, unless there is a terminal

  LogWindow window() const;
};

class ContainerLogs {
 public:
  ContainerLogs(const ContainerWorld& world, LogFollow& follow) : world_(world), follow_(follow) {}

  /// Finds the container and checks that it has a readable log; before anything is answered. Throws
  /// Error{not_found}, Error{conflict} for dead ones, Error{unsupported} for driver none.
  state::ContainerPtr open(const std::string& reference) const;
  /// Sends until the end of what was asked for, the client is gone, or the engine stops. That the
  /// log cannot be read is sent, too.
  void run(const state::ContainerPtr& container, const LogQuery& query, const Peer& peer,
           const LogSink& sink);
  /// The backlog alone, for attach.
  void replay(const domain::ContainerRecord& record, const LogQuery& query, const LogSink& sink);

 private:
  const ContainerWorld& world_;
  LogFollow& follow_;
};

}  // namespace gantry::services
