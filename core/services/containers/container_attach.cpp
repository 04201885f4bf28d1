#include "core/services/containers/container_attach.hpp"

#include <chrono>

#include "core/base/error.hpp"
#include "core/base/log.hpp"
#include "core/base/socket.hpp"
#include "core/domain/log_config.hpp"
#include "core/services/world/container_events.hpp"
#include "core/services/world/container_lookup.hpp"

namespace gantry::services {
namespace {

using domain::Status;

/// Old output before a stream is sent while the container's lease is held: who has not read it all
/// by then is let go. Without a stream the time is for one piece.
constexpr std::chrono::seconds kReplayPatience{20};

bool try_send(int fd, std::string_view data, const Deadline& deadline) {
  try {
    send_all(fd, data, deadline);
    return true;
  } catch (const Error& error) {
    log::debug(std::string("old output for a client: ") + error.what());
    return false;
  }
}

void require_attachable(const domain::ContainerRecord& record, const std::string& reference) {
  if (record.state.status == Status::paused)
    throw Error(Errc::conflict,
                "container " + reference + " is paused, unpause the container before attach");
  if (record.state.status == Status::restarting)
    throw Error(Errc::conflict,
                "container " + reference + " is restarting, wait until the container is running");
}

}  // namespace

/// A connection that the server has forgotten, while old output is sent to it.
class ContainerAttach::Replaying {
 public:
  Replaying(ContainerAttach& attach, int fd) : attach_(attach), fd_(fd) {
    const std::lock_guard lock(attach_.mutex_);
    if (attach_.stopping_) throw Error(Errc::unavailable, "the engine is stopping");
    attach_.replaying_.insert(fd_);
  }
  ~Replaying() {
    const std::lock_guard lock(attach_.mutex_);
    attach_.replaying_.erase(fd_);
  }
  Replaying(const Replaying&) = delete;
  Replaying& operator=(const Replaying&) = delete;

 private:
  ContainerAttach& attach_;
  const int fd_;
};

void ContainerAttach::interrupt() {
  const std::lock_guard lock(mutex_);
  stopping_ = true;
  for (const int fd : replaying_) ::shutdown(fd, SHUT_RDWR);
}

bool ContainerAttach::is_terminal(const std::string& reference) const {
  return world_.store.get(reference)->record.config.tty;
}

void ContainerAttach::check(const std::string& reference) const {
  require_attachable(world_.store.get(reference)->record, reference);
}

Attached ContainerAttach::run(const std::string& reference, const AttachOptions& options,
                              const TakeConnection& take) {
  auto [lease, snapshot] = lease_container(world_, reference);
  const domain::ContainerRecord& record = snapshot->record;
  require_attachable(record, reference);
  ClientConnection client = take();
  if (!options.stream) {
    lease.release();
    if (options.logs)
      replay(record, options, client.fd.get(), LogPart::whole,
             [] { return deadline_after(kReplayPatience); });
    return {};
  }
  HeldStream held;
  held.fd = std::move(client.fd);
  held.stream.fd = held.fd.get();
  // Compose attaches stdin to everything; a container without OpenStdin ignores it.
  held.stream.in = options.in && record.config.open_stdin;
  held.stream.out = options.out;
  held.stream.err = options.err;
  held.stream.framed = options.multiplexed && !record.config.tty;
  held.stream.read_ahead = std::move(client.read_ahead);
  if (record.config.tty) held.stream.detach_keys = options.detach_keys;
  const Deadline deadline = deadline_after(kReplayPatience);
  if (options.logs && !record.log_path.empty() && !domain::is_log_hidden(record.host_config)) {
    // The supervisor replays the current file and goes on without a gap; it knows no older ones.
    // Without one nothing is added meanwhile.
    const bool runs = record.state.status == Status::running;
    const LogPart part = runs ? LogPart::rotated : LogPart::whole;
    if (!replay(record, options, held.fd.get(), part, [&] { return deadline; }))
      throw Error(Errc::unavailable, "the client took no old output of the container");
    if (runs) held.stream.log_offset = 0;
  }
  Attached attached{held.stream.in, nullptr};
  if (options.relayed) attached.relay = world_.inbox.relay_begun(record.id);
  publish_container_event(world_.events, record, "attach");
  if (record.state.status == Status::running) {
    attach_running(record, options, held, deadline);
  } else {
    held_.hold(record.id, std::move(held));
  }
  return attached;
}

void ContainerAttach::attach_running(const domain::ContainerRecord& record,
                                     const AttachOptions& options, const HeldStream& held,
                                     const Deadline& deadline) {
  try {
    world_.runtime.attach(record.id, held.stream);
  } catch (const Error& error) {
    if (error.code() != Errc::conflict) throw;
    // It has just ended: there is nothing to come, but what was left to the supervisor.
    if (held.stream.log_offset == 0)
      replay(record, options, held.fd.get(), LogPart::current, [&] { return deadline; });
  }
}

bool ContainerAttach::replay(const domain::ContainerRecord& record, const AttachOptions& options,
                             int fd, LogPart part, const NextDeadline& deadline) {
  LogQuery query;
  query.out = options.out;
  query.err = options.err;
  query.multiplexed = options.multiplexed;
  query.part = part;
  bool is_there = true;
  const Replaying replaying(*this, fd);
  try {
    if (!options.old_output) await_reader(fd, kHeadPatience);
    logs_.replay(record, query, [&](std::string_view data) {
      is_there = options.old_output ? options.old_output(data, deadline())
                                    : try_send(fd, data, deadline());
      return is_there;
    });
  } catch (const Error& error) {
    log::debug("container " + record.id + ": replay for a client: " + error.what());
  }
  return is_there;
}

}  // namespace gantry::services
