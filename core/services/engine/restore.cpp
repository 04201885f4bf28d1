#include "core/services/engine/restore.hpp"

#include <algorithm>
#include <filesystem>
#include <memory>
#include <set>

#include "core/base/error.hpp"
#include "core/base/file.hpp"
#include "core/base/log.hpp"
#include "core/domain/log_config.hpp"
#include "core/domain/restart_decision.hpp"
#include "core/services/base/attempt.hpp"
#include "core/services/logs/log_forwarding.hpp"
#include "core/services/processes/exec_note.hpp"
#include "core/services/start/container_mounts.hpp"
#include "core/services/start/shared_memory.hpp"
#include "core/services/start/start_intent.hpp"
#include "core/services/world/container_directory.hpp"
#include "core/services/world/storage_layout.hpp"

namespace gantry::services {
namespace {

using domain::Status;
using pluginhost::RunStatus;

/// The exit code of a container whose end nobody saw: the host went down, or its supervisor was
/// killed.
constexpr int kUnseenExitCode = 255;

bool is_alive(const pluginhost::RuntimeState& state) {
  return state.status == RunStatus::running || state.status == RunStatus::paused;
}

/// Ends the mounts of a run or a copy that a killed daemon did not end. Not those of other drivers:
/// one that only counts would take a volume away from another container.
void release_mounts(const domain::ContainerRecord& record, const ContainerWorld& world) {
  for (const domain::MountPoint& mount : record.mounts)
    if (mount.type == "volume" && !Volumes::may_hang(mount))
      world.volumes.unmount(mount.name, record.id);
  unmount_shared_memory(ContainerDirectory(world.settings, record.id).shm());
}

}  // namespace

void Restore::run() {
  try {
    link_storage_layout(world_.settings.root);
  } catch (const std::exception& error) {
    log::warn(error.what());  // only others want it
  }
  world_.networks.finish_removals();
  for (pluginhost::RuntimeState& state : world_.runtime.list()) {
    const std::string id = state.id;
    at_runtime_.emplace(id, std::move(state));
  }
  check_journal_is_theirs();
  settle_log_paths();
  refer_to_volumes();
  undo_starts();
  read_membership_changes();
  const auto all = world_.store.list();
  for (const state::ContainerPtr& container : *all)
    attempt(container->record.id, "restoring", [&] { reconcile(container); });
  world_.networks.follow_settings();
  world_.networks.raise_default();
  const auto list = world_.store.list();
  for (const state::ContainerPtr& container : *list)
    if (!container->record.removing) forwarding_.started(container->record);
  // Now that the name service knows them all.
  for (const state::ContainerPtr& container : adopted_)
    world_.networks.refresh_files(container->record);
  adopted_.clear();
  remove_orphans();
  workers_.run([this] { world_.volumes.resume_fills(); });
  for (const auto& [id, intent] : membership_changes_)
    world_.store.journal().erase(kMembershipIntent, id);
  membership_changes_.clear();
  at_runtime_.clear();
  starts_.run();
}

bool Restore::has_directory(const std::string& id) const {
  std::error_code unknown;
  return std::filesystem::exists(world_.settings.directory(id), unknown) || unknown;
}

void Restore::check_journal_is_theirs() const {
  if (world_.store.count() > 0 || world_.store.unreadable() > 0) return;
  std::string processes;
  for (const auto& [id, state] : at_runtime_)
    if (is_alive(state) && has_directory(id)) processes += " " + std::to_string(state.pid);
  if (processes.empty()) return;
  throw Error(Errc::conflict,
              "containers run, but state.db in " + world_.settings.root.string() +
                  " knows of none: put it back from a copy. To go on without them, end their "
                  "processes first (" +
                  processes.substr(1) + "): their files are kept");
}

void Restore::settle_log_paths() {
  const auto all = world_.store.list();
  for (const state::ContainerPtr& container : *all) {
    const std::string log = ContainerDirectory(world_.settings, container->record.id).log();
    if (container->record.log_path.empty() || container->record.log_path == log) continue;
    domain::ContainerRecord moved = container->record;
    moved.log_path = log;
    world_.store.publish(std::move(moved));
  }
}

void Restore::refer_to_volumes() {
  const auto all = world_.store.list();
  for (const state::ContainerPtr& container : *all)
    for (const domain::MountPoint& mount : container->record.mounts)
      if (mount.type == "volume") world_.volumes.add_reference(mount.name, container->record.id);
}

void Restore::read_membership_changes() {
  world_.store.journal().each(kMembershipIntent, [&](std::string id, std::string document) {
    attempt(id, "reading what was changed of its networks", [&] {
      membership_changes_.emplace(id, membership_intent_from_journal(std::move(document)));
    });
  });
}

void Restore::undo_starts() {
  std::set<std::string> ids;
  world_.store.journal().each(kStartIntent,
                              [&](std::string id, std::string) { ids.insert(std::move(id)); });
  for (const std::string& id : ids) {
    const state::ContainerPtr container = world_.store.find_id(id);
    if (container) {
      // The client never heard that it started. Its networks went with the old daemon's memory.
      attempt(id, "undoing its start", [&] {
        world_.runtime.remove(id);
        at_runtime_.erase(id);
        unmount_shared_memory(ContainerDirectory(world_.settings, id).shm());
        leased(container,
               [this, container] { unmount_volumes(container->record, world_.volumes); });
      });
      half_started_.insert(id);
    }
    world_.store.journal().erase(kStartIntent, id);
  }
}

void Restore::leased(const state::ContainerPtr& container, std::function<void()> step) {
  const std::string id = container->record.id;
  const auto lease = std::make_shared<state::Lease>(world_.leases.take(id));
  const auto& mounts = container->record.mounts;
  const domain::HostConfig& host_config = container->record.host_config;
  // Its removal waits for the log driver.
  const bool may_wait = host_config.auto_remove && domain::is_forwarded(host_config);
  if (!may_wait && std::none_of(mounts.begin(), mounts.end(), &Volumes::may_hang)) return step();
  // The engine's start does not wait for a driver; whoever wants this container does.
  workers_.run([id, lease, step = std::move(step)] {
    attempt(id, "letting go of its last run", step);
    lease->release();
  });
}

void Restore::reconcile(const state::ContainerPtr& container) {
  const domain::ContainerRecord& record = container->record;
  const std::string& id = record.id;
  if (record.removing) {
    world_.networks.forget(record);
    release_mounts(record, world_);
    workers_.run([this, id] { finish_removal(id); });
    return;
  }
  const auto found = at_runtime_.find(id);
  const bool alive = found != at_runtime_.end() && is_alive(found->second);
  const bool was_running = record.state.running() && record.state.status != Status::restarting;
  if (was_running && alive) return adopt(record, found->second);
  if (was_running) {
    ExitFact fact{id, kUnseenExitCode, false, 0, {}, 0, true};
    if (found != at_runtime_.end() && found->second.status == RunStatus::exited) {
      fact.exit_code = found->second.exit_code;
      fact.oom_killed = found->second.oom_killed;
      fact.time = found->second.finished_at;
    }
    // Addresses and ports it held are not ours any more: only names and volumes are given back.
    world_.networks.forget(record);
    return leased(container, [this, container, fact]() mutable {
      try {
        exits_.handle_leased(container, fact);
      } catch (const std::exception& error) {
        fact.at_boot = false;  // by then others are started already
        return exits_.failed(fact, error.what());
      }
      if (const auto ended = world_.store.find_id(fact.container_id);
          ended && domain::starts_at_boot(ended->record))
        starts_.add(ended->record);
    });
  }
  // Not running by its record: what others have of it is left over.
  world_.networks.forget(record);
  if (found != at_runtime_.end()) world_.runtime.remove(id);
  release_mounts(record, world_);
  const bool starts = domain::starts_at_boot(record);
  if (record.state.status == Status::restarting) {
    domain::ContainerRecord stopped = record;
    stopped.state.status = Status::exited;
    stopped.state.restarting = false;
    world_.store.put_or_publish(std::move(stopped));
  }
  const bool never_got_up = record.host_config.auto_remove && record.state.started_at != 0;
  if (never_got_up || (record.host_config.auto_remove && half_started_.count(id) > 0)) {
    workers_.run([this, id] { finish_removal(id); });
  } else if (starts) {
    starts_.add(record);
  }
}

void Restore::adopt(domain::ContainerRecord record, const pluginhost::RuntimeState& state) {
  const bool paused = state.status == RunStatus::paused;
  record.state.status = paused ? Status::paused : Status::running;
  record.state.paused = paused;
  record.state.pid = state.pid;
  world_.networks.adopt(record);
  if (const auto change = membership_changes_.find(record.id); change != membership_changes_.end())
    world_.networks.repair(record, change->second);
  for (const domain::MountPoint& mount : record.mounts)
    if (mount.type == "volume") world_.volumes.adopt_mount(mount.name, record.id, mount.source);
  adopt_execs(record.id);
  const state::ContainerPtr adopted = world_.store.publish(std::move(record));
  adopted_.push_back(adopted);
  if (!paused) health_.started(adopted->record);
}

void Restore::adopt_execs(const std::string& container_id) {
  attempt(container_id, "its execs", [&] {
    for (const pluginhost::ExecState& state : world_.runtime.exec_list(container_id)) {
      ExecConfig config = config_of_note(state.note);
      config.container_id = container_id;
      ExecStatus status;
      status.open_stdin = config.attach_stdin;
      status.open_stdout = config.attach_stdout;
      status.open_stderr = config.attach_stderr;
      status.phase = state.running ? ExecPhase::running : ExecPhase::ended;
      status.pid = state.pid;
      status.exit_code = state.exit_code;
      world_.execs.adopt(state.exec_id, std::move(config), status);
    }
  });
}

void Restore::finish_removal(const std::string& id) {
  attempt(id, "finishing its removal", [&] {
    const state::Lease lease = world_.leases.take(id);
    if (const state::ContainerPtr container = world_.store.find_id(id))
      remove_.remove_leased(container, !container->record.keeps_volumes);
  });
}

void Restore::remove_orphans() {
  if (world_.store.unreadable() > 0) {
    records_were_lost_ = true;
    log::warn(
        "what no record knows is kept: it may belong to a container whose record is unreadable");
    return;
  }
  const auto is_orphan = [&](const std::string& id) { return !world_.store.find_id(id); };
  for (const auto& [id, state] : at_runtime_) {
    if (!is_orphan(id)) continue;
    log::warn("ending container " + id + " that no record knows");
    attempt(id, "ending it", [&, &name = id] { world_.runtime.remove(name); });
  }
  // What containers have is removed before their records: the record of one that still has a
  // directory was lost. Others are steps of builds, or roots of mounted images.
  std::error_code error;
  std::filesystem::directory_iterator entry(world_.settings.root / "containers", error);
  for (; !error && entry != std::filesystem::directory_iterator(); entry.increment(error)) {
    const std::string id = entry->path().filename();
    if (!is_orphan(id)) continue;
    records_were_lost_ = true;
    unmount_shared_memory(ContainerDirectory(world_.settings, id).shm());
    log::error("container " + id + ": no record knows it; its files are kept as long as " +
               entry->path().string() + " is there");
  }
  std::set<std::string> image_roots;
  const auto all = world_.store.list();
  for (const state::ContainerPtr& container : *all)
    for (const domain::MountPoint& mount : container->record.mounts)
      image_roots.insert(mount.image_root);
  attempt("(any)", "listing roots", [&] {
    for (const std::string& id : world_.runtime.rootfs_list())
      if (is_orphan(id) && !image_roots.contains(id) && !has_directory(id))
        attempt(id, "removing its root", [&] { world_.runtime.rootfs_remove(id); });
  });
}

}  // namespace gantry::services
