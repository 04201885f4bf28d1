#include "core/services/containers/container_kill.hpp"

#include <csignal>

#include "core/base/error.hpp"
#include "core/base/log.hpp"
#include "core/domain/container_request.hpp"
#include "core/services/processes/health_monitor.hpp"
#include "core/services/world/container_events.hpp"

namespace gantry::services {
namespace {

using domain::Status;

/// Which signals mean "this container shall stop for good".
bool cancels_restart(const domain::ContainerRecord& record, int signal) {
  if (record.config.stop_signal.empty() || signal == SIGKILL) return true;
  return domain::parse_signal(record.config.stop_signal) == signal;
}

}  // namespace

std::string restart_timer(const std::string& container_id) { return "restart " + container_id; }

void ContainerKill::run(const std::string& reference, const std::string& signal) {
  const std::string where = "cannot kill container: " + reference + ": ";
  const state::ContainerPtr snapshot = world_.store.find(reference);
  if (!snapshot) throw Error(Errc::not_found, where + "No such container: " + reference);
  const std::string& id = snapshot->record.id;
  const auto parsed = signal.empty() ? SIGKILL : domain::parse_signal(signal);
  if (!parsed) throw Error(Errc::invalid, where + "invalid signal: " + signal);
  const auto waiter = watch_.watch(id, ExitWatch::Until::stopped);
  try {
    send(id, *parsed);
  } catch (const Error& error) {
    throw Error(error.code(), where + error.what(), error.os_errno());
  }
  if (*parsed != SIGKILL) return;
  // A container that ended before send() looked has reported already, or needs no report.
  const state::ContainerPtr now = world_.store.find_id(id);
  if (!now || !now->record.state.running()) return;
  if (!waiter->wait(ExitWatch::kAfterKill))
    throw Error(Errc::internal,
                where + "tried to kill container, but did not receive an exit event");
}

void ContainerKill::send(const std::string& container_id, int signal) {
  const state::Lease lease = world_.leases.take(container_id);
  state::ContainerPtr snapshot = world_.store.find_id(container_id);
  if (!snapshot || !snapshot->record.state.running())
    throw Error(Errc::conflict, "container " + container_id + " is not running");
  const bool final = cancels_restart(snapshot->record, signal);
  const state::ContainerPtr before = snapshot;
  const bool marks =
      !before->record.manually_stopped || (final && !before->record.restart_cancelled);
  if (marks) {
    // On disk before the signal, if that can be: a crash in between must not bring the container
    // back.
    domain::ContainerRecord record = snapshot->record;
    record.manually_stopped = true;
    record.restart_cancelled = record.restart_cancelled || final;
    snapshot = world_.store.put_or_publish(std::move(record));
  }
  if (snapshot->record.state.status == Status::restarting) {
    if (final) end_back_off(snapshot);
    return;
  }
  bool resumed = false;
  try {
    world_.runtime.signal(container_id, signal);
    // Frozen processes take no signal, not even SIGKILL.
    if (final && snapshot->record.state.status == Status::paused) {
      world_.runtime.resume(container_id);
      resumed = true;
    }
  } catch (const Error& error) {
    // Unavailable: its supervisor ended while it was asked, which is the end of the container.
    if (error.code() != Errc::not_found && error.code() != Errc::conflict &&
        error.code() != Errc::unavailable) {
      if (marks) world_.store.put_or_publish(before->record);  // it was not sent
      throw;
    }
    log::debug("container " + container_id + ": signal: " + error.what());
  }
  // Still under the lease: `die` cannot come before `kill`.
  publish_container_event(world_.events, snapshot->record, "kill",
                          {{"signal", std::to_string(signal)}});
  if (resumed) unpaused(snapshot);
}

// It may well survive the signal.
void ContainerKill::unpaused(const state::ContainerPtr& snapshot) {
  domain::ContainerRecord record = snapshot->record;
  record.state.status = Status::running;
  record.state.paused = false;
  const state::ContainerPtr running = world_.store.publish(std::move(record));
  publish_container_event(world_.events, running->record, "unpause");
  health_.started(running->record);
}

void ContainerKill::end_back_off(const state::ContainerPtr& snapshot) {
  timers_.cancel(restart_timer(snapshot->record.id));
  domain::ContainerRecord record = snapshot->record;
  record.state.status = Status::exited;
  record.state.restarting = false;
  const state::ContainerPtr ended = world_.store.put_or_publish(std::move(record));
  watch_.stopped(ended->record.id, {ended->record.state.exit_code, {}});
}

}  // namespace gantry::services
