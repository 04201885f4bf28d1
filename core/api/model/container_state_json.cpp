// State, health and mounts.
#include "core/api/model/container_json.hpp"

namespace gantry::api {
namespace {

void write_health(json::Writer& w, const domain::Health& health) {
  w.key("Health")
      .begin_object()
      .field("Status", health.status)
      .field("FailingStreak", health.failing_streak);
  w.key("Log").begin_array();
  for (const domain::HealthResult& result : health.log)
    w.begin_object()
        .field("Start", rfc3339_nano(result.start))
        .field("End", rfc3339_nano(result.end))
        .field("ExitCode", result.exit_code)
        .field("Output", result.output)
        .end_object();
  w.end_array().end_object();
}

}  // namespace

void write_state(json::Writer& w, const domain::State& state) {
  w.begin_object()
      .field("Status", domain::to_string(state.status))
      .field("Running", state.running())
      .field("Paused", state.status == domain::Status::paused)
      .field("Restarting", state.restarting)
      .field("OOMKilled", state.oom_killed)
      .field("Dead", state.dead)
      .field("Pid", state.pid)
      .field("ExitCode", state.exit_code)
      .field("Error", state.error)
      .field("StartedAt", rfc3339_nano(state.started_at))
      .field("FinishedAt", rfc3339_nano(state.finished_at));
  if (state.health) write_health(w, *state.health);
  w.end_object();
}

void write_mounts(json::Writer& w, const domain::ContainerRecord& record) {
  w.begin_array();
  for (const domain::MountPoint& mount : record.mounts) {
    w.begin_object().field("Type", mount.type);
    if (!mount.name.empty()) w.field("Name", mount.name);
    w.field("Source", mount.source).field("Destination", mount.destination);
    if (!mount.driver.empty()) w.field("Driver", mount.driver);
    w.field("Mode", mount.mode)
        .field("RW", mount.read_write)
        .field("Propagation", mount.propagation)
        .end_object();
  }
  w.end_array();
}

}  // namespace gantry::api
