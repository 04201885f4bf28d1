#include "core/services/containers/container_update.hpp"

#include <thread>

#include "core/base/error.hpp"
#include "core/base/scope_guard.hpp"
#include "core/services/base/has_ended.hpp"
#include "core/services/containers/cpu_check.hpp"
#include "core/services/start/oci_resources.hpp"
#include "core/services/world/container_events.hpp"
#include "core/services/world/container_lookup.hpp"

namespace gantry::services {

using domain::Status;

void ContainerUpdates::update_running(const std::string& id,
                                      const domain::ContainerUpdate& update) const {
  try {
    world_.runtime.update(id, oci_update(update));
  } catch (const Error& error) {
    if (!has_ended(error)) throw;  // else its next start has them
  }
}

void ContainerUpdates::run(const std::string& reference,
                           const domain::ContainerUpdate& update) const {
  const auto [lease, snapshot] = lease_container(world_, reference);
  domain::ContainerRecord record = snapshot->record;
  const auto failed = [&](const Error& error) {
    return Error(error.code(), "Cannot update container " + record.id + ": " + error.what(),
                 error.os_errno());
  };
  try {
    if (record.removing || record.state.dead)
      throw Error(Errc::internal, "container is marked for removal and cannot be \"update\"");
    check_nano_cpus(update.number("NanoCpus"), std::thread::hardware_concurrency());
    if (const auto cpus = update.texts.find("CpusetCpus"); cpus != update.texts.end())
      check_cpuset(cpus->second, std::thread::hardware_concurrency());
    if (const auto nodes = update.texts.find("CpusetMems"); nodes != update.texts.end())
      check_memory_nodes(nodes->second, world_.settings.memory_nodes);
    record.host_config = domain::apply_update(snapshot->record.host_config, update);
    const bool runs =
        record.state.status == Status::running || record.state.status == Status::paused;
    // The record first: limits that it does not have could not be taken back from the runtime.
    world_.store.put(record);
    ScopeGuard undo([&, this] { world_.store.put_or_publish(snapshot->record); });
    if (runs && update.changes_resources()) update_running(record.id, update);
    undo.dismiss();
  } catch (const Error& error) {
    throw failed(error);
  }
  publish_container_event(world_.events, record, "update");
}

}  // namespace gantry::services
