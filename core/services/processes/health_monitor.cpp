#include "core/services/processes/health_monitor.hpp"

#include <csignal>

#include "core/base/duration_text.hpp"
#include "core/base/error.hpp"
#include "core/base/log.hpp"
#include "core/services/world/container_events.hpp"

namespace gantry::services {
namespace {

using domain::Health;
using std::chrono::nanoseconds;

std::string timer_key(const std::string& container_id) { return "health " + container_id; }

/// Steps on the way to `unhealthy` must not be lost with the daemon; the log of probes may.
bool worth_writing(const Health& before, const Health& after) {
  return before.status != after.status ||
         (after.status != "unhealthy" && before.failing_streak != after.failing_streak);
}

}  // namespace

std::optional<Health> HealthMonitor::initial(const domain::ContainerRecord& record) const {
  if (!domain::find_health_check(record.config)) return std::nullopt;
  Health health = record.state.health.value_or(Health{});
  health.status = "starting";
  health.failing_streak = 0;
  return health;
}

void HealthMonitor::started(const domain::ContainerRecord& record) {
  auto check = domain::find_health_check(record.config);
  if (!check) return;
  Watch watch{record.id, record.state.started_at, 0, std::move(*check)};
  const std::lock_guard lock(mutex_);
  watch.serial = next_serial_++;
  active_[record.id] = {watch.serial, {}, 0, false};
  const Health health = record.state.health.value_or(Health{"starting", 0, {}});
  const nanoseconds since_start(now_nanos() - record.state.started_at);
  schedule(watch, domain::next_probe(watch.check, health, since_start));
}

void HealthMonitor::stopped(domain::ContainerRecord& record) {
  if (!record.state.health) return;
  end_watch(record.id);
  record.state.health->status = "unhealthy";
}

void HealthMonitor::end_watch(const std::string& id) {
  {
    const std::lock_guard lock(mutex_);
    const auto found = active_.find(id);
    if (found == active_.end()) return;
    if (!found->second.exec_id.empty()) outputs_.drop(found->second.output);
    active_.erase(found);
  }
  timers_.cancel(timer_key(id));
}

HealthMonitor::Active* HealthMonitor::find_locked(const Watch& watch) {
  const auto found = active_.find(watch.id);
  return found != active_.end() && found->second.serial == watch.serial ? &found->second : nullptr;
}

void HealthMonitor::schedule(const Watch& watch, nanoseconds delay) {
  timers_.schedule(timer_key(watch.id), delay, [this, watch] { probe(watch); });
}

void HealthMonitor::probe(const Watch& watch) {
  auto probe = start_health_probe(world_, exec_, watch.id, watch.started_at, watch.check);
  if (!probe) return;
  if (!probe->output) {
    world_.execs.forget(probe->exec_id);
    if (record_result(watch, std::move(probe->failure))) schedule_next(watch);
    return;
  }
  const Probing probing{watch, probe->exec_id, probe->start};
  const std::lock_guard lock(mutex_);
  Active* active = find_locked(watch);
  if (active == nullptr) return;  // closes the output, which ends the process
  active->exec_id = probing.exec_id;
  active->late = false;
  active->output =
      outputs_.add(std::move(probe->output), watch.check.timeout,
                   {[this, probing](const std::string& text) { late(probing, text); },
                    [this, probing](std::string text) { ended(probing, std::move(text)); }});
}

void HealthMonitor::late(const Probing& probing, const std::string& text) {
  {
    const std::lock_guard lock(mutex_);
    Active* active = find_locked(probing.watch);
    if (active == nullptr || active->exec_id != probing.exec_id) return;
    active->late = true;
  }
  // As in dockerd it alone: its children would fall to the container's first process, which may
  // take their violent death for a fault of its own.
  try {
    world_.runtime.exec_signal(probing.watch.id, probing.exec_id, SIGKILL);
  } catch (const Error&) {
    // It ended in this very moment.
  }
  std::string output =
      "Health check exceeded timeout (" + duration_text(probing.watch.check.timeout) + ")";
  if (!text.empty()) output += ": " + text;
  // The next probe waits until this one's process is really gone: those that cannot be killed do
  // not pile up.
  record_result(probing.watch, {probing.start, now_nanos(), -1, std::move(output)});
}

void HealthMonitor::ended(const Probing& probing, std::string text) {
  const auto exec = world_.execs.find(probing.exec_id);
  const bool known = exec && exec->status.phase == ExecPhase::ended;
  world_.execs.forget(probing.exec_id);
  bool late = false;
  {
    const std::lock_guard lock(mutex_);
    Active* active = find_locked(probing.watch);
    if (active == nullptr || active->exec_id != probing.exec_id) return;
    active->exec_id.clear();
    late = active->late;
  }
  domain::HealthResult result{probing.start, now_nanos(), known ? exec->status.exit_code : -1,
                              std::move(text)};
  if (late || record_result(probing.watch, std::move(result))) schedule_next(probing.watch);
}

bool HealthMonitor::record_result(const Watch& watch, domain::HealthResult result) try {
  const state::Lease lease = world_.leases.take(watch.id);
  const state::ContainerPtr snapshot = world_.store.find_id(watch.id);
  // Ended, paused or started anew while the probe ran: its result belongs to nobody.
  if (!snapshot || snapshot->record.state.started_at != watch.started_at ||
      snapshot->record.state.status != domain::Status::running || !snapshot->record.state.health)
    return false;
  domain::ContainerRecord record = snapshot->record;
  const Health before = *record.state.health;
  const nanoseconds since_start(result.start - watch.started_at);
  record.state.health = domain::after_probe(watch.check, before, std::move(result), since_start);
  const state::ContainerPtr published = worth_writing(before, *record.state.health)
                                            ? world_.store.put_or_publish(std::move(record))
                                            : world_.store.publish(std::move(record));
  const Health& after = *published->record.state.health;
  if (before.status != after.status)
    publish_container_event(world_.events, published->record, "health_status: " + after.status);
  return true;
} catch (const Error& error) {
  log::warn("container " + watch.id + ": result of a health probe: " + error.what());
  return true;
}

void HealthMonitor::schedule_next(const Watch& watch) {
  const state::ContainerPtr snapshot = world_.store.find_id(watch.id);
  if (!snapshot || !snapshot->record.state.health) return;
  const nanoseconds since_start(now_nanos() - watch.started_at);
  const std::lock_guard lock(mutex_);
  if (find_locked(watch) == nullptr) return;
  schedule(watch, domain::next_probe(watch.check, *snapshot->record.state.health, since_start));
}

}  // namespace gantry::services
