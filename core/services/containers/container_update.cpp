#include "core/services/containers/container_update.hpp"

#include <thread>

#include "core/base/error.hpp"
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
    const domain::HostConfig before = record.host_config;
    record.host_config = domain::apply_update(before, update);
    const bool runs =
        record.state.status == Status::running || record.state.status == Status::paused;
    // The runtime first: what it refuses must not be in the record.
    if (runs && update.changes_resources()) update_running(record.id, update);
    world_.store.put(record);
  } catch (const Error& error) {
    throw failed(error);
  }
  publish_container_event(world_.events, record, "update");
}

}  // namespace gantry::services
