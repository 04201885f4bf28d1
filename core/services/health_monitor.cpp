#include "core/services/health_monitor.hpp"

#include "core/base/error.hpp"
#include "core/services/container_events.hpp"
#include "core/services/health_probe.hpp"

namespace gantry::services {
namespace {

using std::chrono::nanoseconds;

std::string timer_key(const std::string& container_id) { return "health " + container_id; }

}  // namespace

std::optional<domain::Health> HealthMonitor::initial(const domain::ContainerRecord& record) const {
  if (!domain::find_health_check(record.config)) return std::nullopt;
  domain::Health health;
  health.status = "starting";
  return health;
}

void HealthMonitor::started(const domain::ContainerRecord& record) {
  const auto check = domain::find_health_check(record.config);
  if (!check) return;
  const domain::Health health = record.state.health.value_or(domain::Health{"starting", 0, {}});
  const nanoseconds since_start(now_nanos() - record.state.started_at);
  schedule(record.id, record.state.started_at, domain::next_probe(*check, health, since_start));
}

void HealthMonitor::stopped(domain::ContainerRecord& record) {
  if (!record.state.health) return;
  timers_.cancel(timer_key(record.id));
  record.state.health->status = "unhealthy";
}

void HealthMonitor::schedule(const std::string& id, UnixNanos started_at, nanoseconds delay) {
  timers_.schedule(timer_key(id), delay, [this, id, started_at] { probe(id, started_at); });
}

void HealthMonitor::probe(const std::string& id, UnixNanos started_at) {
  const state::ContainerPtr snapshot = world_.store.find_id(id);
  if (!snapshot) return;
  const auto check = domain::find_health_check(snapshot->record.config);
  if (!check) return;
  if (auto result = run_health_probe(world_, exec_, id, started_at, *check))
    record_result(id, started_at, *check, std::move(*result));
}

void HealthMonitor::record_result(const std::string& id, UnixNanos started_at,
                                  const domain::HealthCheck& check, domain::HealthResult result) {
  const state::Lease lease = world_.leases.take(id);
  const state::ContainerPtr snapshot = world_.store.find_id(id);
  // Ended, paused or started anew while the probe ran: its result belongs to nobody.
  if (!snapshot || snapshot->record.state.started_at != started_at ||
      snapshot->record.state.status != domain::Status::running || !snapshot->record.state.health)
    return;
  domain::ContainerRecord record = snapshot->record;
  const std::string before = record.state.health->status;
  const nanoseconds since_start(result.start - started_at);
  record.state.health =
      domain::after_probe(check, *record.state.health, std::move(result), since_start);
  const std::string after = record.state.health->status;
  const nanoseconds delay =
      domain::next_probe(check, *record.state.health, nanoseconds(now_nanos() - started_at));
  // Only a change is worth a write: the log of probes need not survive the daemon.
  const state::ContainerPtr published = before == after ? world_.store.publish(std::move(record))
                                                        : world_.store.put(std::move(record));
  if (before != after)
    publish_container_event(world_.events, published->record, "health_status: " + after);
  schedule(id, started_at, delay);
}

}  // namespace gantry::services
