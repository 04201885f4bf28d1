#include "core/services/containers/container_remove.hpp"

#include <csignal>
#include <exception>

#include "core/base/error.hpp"
#include "core/base/log.hpp"
#include "core/services/containers/create_mounts.hpp"
#include "core/services/containers/image_mounts.hpp"
#include "core/services/logs/log_forwarding.hpp"
#include "core/services/start/container_mounts.hpp"
#include "core/services/start/shared_memory.hpp"
#include "core/services/world/container_directory.hpp"
#include "core/services/world/container_events.hpp"
#include "core/services/world/container_lookup.hpp"

namespace gantry::services {
namespace {

using domain::Status;

[[noreturn]] void refuse_running(const domain::ContainerRecord& record) {
  const std::string state(domain::to_string(record.state.status));
  const std::string advice = record.state.status == Status::paused
                                 ? " and must be unpaused first"
                                 : ": stop the container before removing or force remove";
  throw Error(Errc::conflict, "cannot remove container \"" + record.display_name() +
                                  "\": container is " + state + advice);
}

}  // namespace

void ContainerRemove::run(const std::string& reference, const Options& options) {
  if (options.link) {
    world_.store.get(reference);
    throw Error(Errc::internal, "Conflict, cannot remove the default link name of the container");
  }
  state::ContainerPtr snapshot = settled_container(world_, reference);
  const auto refuse_second = [&](const state::ContainerPtr& container) {
    if (container->record.removing && container->record.state.status != Status::dead)
      throw Error(Errc::conflict, "removal of container " + reference + " is already in progress");
  };
  // Before the lease: the removal under way holds it until the container is gone.
  refuse_second(snapshot);
  const std::string id = snapshot->record.id;
  for (;;) {
    state::Lease lease = world_.leases.take(id);
    snapshot = world_.store.find_id(id);
    if (!snapshot) {
      // Someone else (auto-remove after our kill) was quicker; that is what was asked for.
      if (options.force) return;
      throw Error(Errc::not_found, "No such container: " + reference);
    }
    refuse_second(snapshot);
    if (!snapshot->record.state.running()) return remove_leased(snapshot, options.volumes);
    if (!options.force) refuse_running(snapshot->record);
    lease.release();  // the exit path needs it
    end_process(snapshot);
  }
}

void ContainerRemove::end_process(const state::ContainerPtr& snapshot) {
  const std::string& id = snapshot->record.id;
  const auto waiter = watch_.watch(id, ExitWatch::Until::stopped);
  try {
    kill_.send(id, SIGKILL);
  } catch (const Error& error) {
    if (error.code() == Errc::conflict) return;  // ended by itself
    throw;
  }
  const state::ContainerPtr now = world_.store.find_id(id);
  if (!now || !now->record.state.running()) return;
  if (!waiter->wait(ExitWatch::kAfterKill))
    throw Error(Errc::internal, "cannot remove container \"" + snapshot->record.display_name() +
                                    "\": could not kill: tried to kill container, but did not "
                                    "receive an exit event");
}

void ContainerRemove::discard_files(const domain::ContainerRecord& record, bool volumes) {
  const ContainerDirectory directory(world_.settings, record.id);
  unmount_shared_memory(directory.shm());
  world_.runtime.rootfs_remove(record.id);
  remove_image_roots(record, world_.runtime);
  directory.remove();
  release_volumes(record, world_.volumes, volumes);
}

void ContainerRemove::remove_leased(const state::ContainerPtr& snapshot, bool volumes) {
  domain::ContainerRecord record = snapshot->record;
  const std::string id = record.id;
  const ExitWatch::Outcome outcome{record.state.exit_code, record.state.error};
  if (!record.removing || record.keeps_volumes == volumes) {
    record.removing = true;
    record.keeps_volumes = !volumes;
    record.state.status = Status::removing;
    try {
      world_.store.put(record);
    } catch (const Error& error) {
      if (error.code() != Errc::exhausted) throw;
      world_.store.publish(record);  // what is removed makes room
    }
  }
  try {
    held_.drop(id);
    world_.runtime.remove(id);
    forwarding_.finish(record);
    if (!record.sandbox_id.empty()) world_.networks.take_down(record);
    const bool is_gone = uses_.when_unused(id, [this, record, volumes] {
      discard_files(record, volumes);
      world_.store.erase(record.id);
    });
    if (!is_gone) {
      world_.store.put_or_publish(record);  // a full disk may have kept it from being written above
      world_.store.hide(id);
    }
  } catch (const std::exception& error) {
    log::error("removing container " + id + ": " + error.what());
    record.state.status = Status::dead;
    record.state.dead = true;
    world_.store.publish(record);
    const auto* const known = dynamic_cast<const Error*>(&error);
    throw Error(known != nullptr ? known->code() : Errc::internal,
                "cannot remove container \"" + record.display_name() + "\": " + error.what(),
                known != nullptr ? known->os_errno() : 0);
  }
  world_.execs.container_removed(id);
  publish_container_event(world_.events, record, "destroy");
  watch_.removed(id, outcome);
}

}  // namespace gantry::services
