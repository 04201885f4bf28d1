#include "core/services/containers/container_pause.hpp"

#include "core/base/error.hpp"
#include "core/services/processes/health_monitor.hpp"
#include "core/services/world/container_events.hpp"
#include "core/services/world/container_lookup.hpp"

namespace gantry::services {

using domain::Status;

void ContainerPause::pause(const std::string& reference) {
  const auto [lease, snapshot] = lease_container(world_, reference);
  domain::ContainerRecord record = snapshot->record;
  if (record.state.status == Status::paused)
    throw Error(Errc::conflict, "Container " + record.id + " is already paused");
  if (record.state.status == Status::restarting)
    throw Error(Errc::conflict,
                "Container " + record.id + " is restarting, wait until the container is running");
  require_running(record);
  world_.runtime.pause(record.id);
  record.state.status = Status::paused;
  record.state.paused = true;
  health_.stopped(record);
  world_.store.put_or_publish(record);
  publish_container_event(world_.events, record, "pause");
}

void ContainerPause::resume(const std::string& reference) {
  const auto [lease, snapshot] = lease_container(world_, reference);
  domain::ContainerRecord record = snapshot->record;
  // Docker leaves this one untyped, which makes it a 500.
  if (record.state.status != Status::paused)
    throw Error(Errc::internal, "Container " + record.id + " is not paused");
  world_.runtime.resume(record.id);
  record.state.status = Status::running;
  record.state.paused = false;
  world_.store.put_or_publish(record);
  publish_container_event(world_.events, record, "unpause");
  health_.started(record);
}

}  // namespace gantry::services
