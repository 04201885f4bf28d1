#include "core/services/containers/container_exit.hpp"

#include <atomic>

#include "core/base/error.hpp"
#include "core/base/log.hpp"
#include "core/base/scope_guard.hpp"
#include "core/domain/joined_containers.hpp"
#include "core/services/base/attempt.hpp"
#include "core/services/processes/health_monitor.hpp"
#include "core/services/start/container_mounts.hpp"
#include "core/services/start/shared_memory.hpp"
#include "core/services/world/container_directory.hpp"
#include "core/services/world/container_events.hpp"
#include "core/services/world/joined_container.hpp"

namespace gantry::services {
namespace {

using domain::Status;
using std::chrono::nanoseconds;

/// A client may have stopped reading.
constexpr std::chrono::seconds kStreamsPatience{2};
/// Until an end that could not be recorded is handled again.
constexpr std::chrono::seconds kAgain{5};

/// The record without what only a running container has.
void clear_operational(domain::ContainerRecord& record) {
  for (auto& [name, endpoint] : record.endpoints) endpoint.clear_operational();
  record.published.clear();
  record.sandbox_id.clear();
}

bool is_news(const state::ContainerSnapshot& container, const ExitFact& fact) {
  const domain::State& state = container.record.state;
  // By the times only where the runtime says no pid: the clock may have been set back since it
  // started.
  const bool of_earlier_run = fact.pid != 0
                                  ? fact.pid != state.pid
                                  : !fact.at_boot && fact.time != 0 && fact.time < state.started_at;
  return state.running() && state.status != Status::restarting && !of_earlier_run;
}

}  // namespace

ContainerExit::Keep::Keep(ContainerExit& exits, std::string id)
    : exits_(exits), id_(std::move(id)) {
  const std::lock_guard lock(exits_.mutex_);
  exits_.kept_.insert(id_);
}

ContainerExit::Keep::~Keep() {
  const std::lock_guard lock(exits_.mutex_);
  exits_.kept_.erase(exits_.kept_.find(id_));
}

void ContainerExit::handle(const ExitFact& fact) noexcept try {
  const std::string& id = fact.container_id;
  state::Lease lease;
  ScopeGuard told([&] { world_.inbox.exit_told(id); });  // also when the lease is not to be had
  lease = world_.leases.take(id);
  const state::ContainerPtr snapshot = world_.store.find_id(id);
  if (snapshot && is_news(*snapshot, fact))
    handle_later(fact, std::move(lease));
  else
    finish(fact, std::move(lease));
  told.dismiss();
} catch (const std::exception& error) {
  failed(fact, error.what());
}

void ContainerExit::failed(const ExitFact& fact, const char* why) noexcept try {
  const state::ContainerPtr snapshot = world_.store.find_id(fact.container_id);
  const bool again = snapshot && is_news(*snapshot, fact);
  log::error("container " + fact.container_id + ": handling its end: " + why +
             (again ? "; it is not recorded yet, and tried again" : ""));
  if (again)
    timers_.schedule("end of " + fact.container_id + " " + std::to_string(fact.time), kAgain,
                     [this, fact] { handle(fact); });
} catch (const std::exception&) {
  // Out of memory. The supervisor's exit file tells the next daemon.
}

// No thread waits for the streams: there may be more of them than workers.
void ContainerExit::handle_later(const ExitFact& fact, state::Lease lease) {
  struct Held {
    state::Lease lease;
    std::atomic_flag taken;  // by the streams' end or by the timer, which may come together
  };
  const auto held = std::make_shared<Held>();
  held->lease = std::move(lease);
  const auto go_on = [this, fact, held] {
    if (!held->taken.test_and_set()) finish(fact, std::move(held->lease));
  };
  // A timer of this run's own: the next may end while this one's is about to be made.
  const std::string timer = "streams of " + fact.container_id + " " + std::to_string(fact.time);
  const auto ended = [this, timer, go_on] {
    workers_.run(go_on);
    timers_.cancel(timer);
  };
  if (!world_.inbox.when_streams_end(fact.container_id, ended)) return go_on();
  timers_.schedule(timer, kStreamsPatience, go_on);  // does nothing when they have just ended
}

void ContainerExit::finish(const ExitFact& fact, state::Lease lease) noexcept try {
  const state::Lease held = std::move(lease);
  // Under the lease: the next run and its end may follow at once.
  const ScopeGuard told([&] { world_.inbox.exit_told(fact.container_id); });
  const state::ContainerPtr snapshot = world_.store.find_id(fact.container_id);
  if (snapshot) handle_leased(snapshot, fact);
} catch (const std::exception& error) {
  failed(fact, error.what());
}

void ContainerExit::handle_leased(const state::ContainerPtr& snapshot, const ExitFact& fact) {
  if (!is_news(*snapshot, fact)) return;
  domain::ContainerRecord running = snapshot->record;
  const UnixNanos finished_at = fact.time != 0 ? fact.time : now_nanos();
  const domain::ExitDecision decision = decide(running, fact, finished_at);

  domain::ContainerRecord record = running;
  clear_operational(record);
  record.state.status = decision.restart  ? Status::restarting
                        : decision.remove ? Status::removing
                                          : Status::exited;
  record.state.restarting = decision.restart;
  if (decision.restart) {
    ++record.restart_count;
    record.restart_delay_ns = decision.delay.count();
  }
  record.state.paused = false;
  record.state.pid = 0;
  record.state.exit_code = fact.exit_code;
  record.state.error = fact.error;
  record.state.oom_killed = record.state.oom_killed || fact.oom_killed;
  record.state.finished_at = finished_at;
  health_.stopped(record);
  record.removing = decision.remove;
  release_run(std::move(running), world_.store.put(std::move(record)), decision);
}

// The end is on record and is not handled again: each step is done, whatever became of the others.
void ContainerExit::release_run(domain::ContainerRecord running, const state::ContainerPtr& ended,
                                const domain::ExitDecision& decision) {
  const std::string& id = ended->record.id;
  attempt(id, "its execs", [&] { world_.execs.container_ended(id); });
  {
    // Last: who waits for its end may remove its networks next.
    const ScopeGuard told([&] {
      watch_.stopped(id, {ended->record.state.exit_code, ended->record.state.error});
      world_.inbox.exit_told(id);
    });
    attempt(id, "telling its end", [&] { publish_die(ended->record, running.state.started_at); });
    attempt(id, "its guests' networks", [&] { clear_stacks_of_guests(running); });
    world_.networks.take_down(running);
  }
  unmount_volumes(running, world_.volumes);
  attempt(id, "its shared memory",
          [&] { unmount_shared_memory(ContainerDirectory(world_.settings, id).shm()); });
  if (decision.remove) {
    attempt(id, "telling its stop", [&] { stops_.tell(world_.events, ended->record); });
    attempt(id, "its removal", [&] { remove_.remove_leased(ended, true); });
    return;
  }
  attempt(id, "releasing its run", [&] { world_.runtime.remove(id); });
  if (decision.restart) attempt(id, "its restart", [&] { schedule_restart(id, decision.delay); });
}

void ContainerExit::publish_die(const domain::ContainerRecord& ended, UnixNanos started_at) const {
  const auto seconds = (ended.state.finished_at - started_at) / 1'000'000'000;
  publish_container_event(world_.events, ended, "die",
                          {{"exitCode", std::to_string(ended.state.exit_code)},
                           {"execDuration", std::to_string(seconds)}});
}

void ContainerExit::clear_stacks_of_guests(const domain::ContainerRecord& ended) const {
  if (ended.sandbox_id.empty() || ended.endpoints.empty()) return;
  const auto all = world_.store.list();
  for (const state::ContainerPtr& other : *all)
    if (domain::joined_container(other->record.host_config.network_mode) &&
        network_files_owner(world_.store, other->record) == ended.id)
      world_.networks.clear_stack_of_guest(ended, other->record.id);
}

domain::ExitDecision ContainerExit::decide(const domain::ContainerRecord& record,
                                           const ExitFact& fact, UnixNanos finished_at) {
  {
    const std::lock_guard lock(mutex_);
    if (kept_.count(record.id) > 0) return {};
  }
  auto decision = domain::decide_on_exit(record, fact.exit_code,
                                         nanoseconds(finished_at - record.state.started_at));
  if (fact.at_boot) decision.restart = false;
  return decision;
}

void ContainerExit::schedule_restart(const std::string& id, nanoseconds delay) {
  timers_.schedule(restart_timer(id), delay, [this, id] { restart(id); });
}

void ContainerExit::restart(const std::string& id) {
  state::Lease lease;
  try {
    lease = world_.leases.take(id);
  } catch (const Error& error) {
    log::warn("container " + id + ": restart: " + error.what());
    return schedule_restart(id, kAgain);
  }
  const state::ContainerPtr snapshot = world_.store.find_id(id);
  // Stopped, removed or started by hand while the timer was due.
  if (!snapshot || snapshot->record.state.status != Status::restarting) return;
  try {
    start_.run_again(snapshot, ContainerStart::Count::keep);
  } catch (const Error& error) {
    log::warn("container " + id + ": restart: " + error.what());
  }
}

}  // namespace gantry::services
