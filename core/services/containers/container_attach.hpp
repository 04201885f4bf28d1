// POST /containers/{id}/attach: gives a client's connection to the container's supervisor, now or
// when the container starts (behaviours.md 3.5). Any thread; no thread stays with the client.
#pragma once

#include <functional>
#include <mutex>
#include <set>
#include <string>
#include <string_view>

#include "core/base/socket.hpp"
#include "core/services/base/client_connection.hpp"
#include "core/services/containers/container_logs.hpp"
#include "core/services/containers/held_streams.hpp"
#include "core/services/world/container_world.hpp"

namespace gantry::services {

struct AttachOptions {
  bool in = false, out = false, err = false;
  bool stream = false;
  bool logs = false;        // old output first
  bool multiplexed = true;  // stdout and stderr can be told apart, where there is no terminal
  std::string detach_keys;  // key bytes; only used on a terminal
  /// Where that is written; false: the client takes no more. Empty: to the connection.
  std::function<bool(std::string_view, const Deadline&)> old_output;
  bool relayed = false;  // the connection is no client's: its bytes are carried further by us
};

struct Attached {
  bool takes_input = false;           // from the connection
  std::unique_ptr<ScopeGuard> relay;  // of a relayed one: to be kept until the client has all of it
};

class ContainerAttach {
 public:
  ContainerAttach(const ContainerWorld& world, HeldStreams& held, ContainerLogs& logs)
      : world_(world), held_(held), logs_(logs) {}

  /// Whether the stream is framed; for the head of the answer. Throws Error{not_found}.
  bool is_terminal(const std::string& reference) const;
  /// Throws what run() would throw at once.
  void check(const std::string& reference) const;
  /// Throws before `take` is called, or what `take` throws.
  Attached run(const std::string& reference, const AttachOptions& options,
               const TakeConnection& take);
  /// The engine ends: no client is waited for any more.
  void interrupt();

 private:
  class Replaying;
  /// Until when the client has to take the next piece of old output.
  using NextDeadline = std::function<Deadline()>;

  void attach_running(const domain::ContainerRecord& record, const AttachOptions& options,
                      const HeldStream& held, const Deadline& deadline);
  /// False: the client did not take it all in time. What cannot be read is left out.
  bool replay(const domain::ContainerRecord& record, const AttachOptions& options, int fd,
              LogPart part, const NextDeadline& deadline);

  const ContainerWorld& world_;
  HeldStreams& held_;
  ContainerLogs& logs_;
  std::mutex mutex_;
  std::set<int> replaying_;  // connections that old output is sent to
  bool stopping_ = false;
};

}  // namespace gantry::services
