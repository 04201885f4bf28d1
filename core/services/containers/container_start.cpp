#include "core/services/containers/container_start.hpp"

#include "core/base/error.hpp"
#include "core/base/file.hpp"
#include "core/base/log.hpp"
#include "core/base/scope_guard.hpp"
#include "core/services/containers/container_remove.hpp"
#include "core/services/logs/log_forwarding.hpp"
#include "core/services/logs/log_options.hpp"
#include "core/services/networks/legacy_links.hpp"
#include "core/services/processes/health_monitor.hpp"
#include "core/services/start/container_mounts.hpp"
#include "core/services/start/oci_spec.hpp"
#include "core/services/start/shared_memory.hpp"
#include "core/services/start/start_failure.hpp"
#include "core/services/start/start_intent.hpp"
#include "core/services/start/start_planner.hpp"
#include "core/services/world/container_directory.hpp"
#include "core/services/world/container_events.hpp"
#include "core/services/world/container_lookup.hpp"
#include "core/services/world/joined_container.hpp"
#include "core/services/world/storage_layout.hpp"

namespace gantry::services {
namespace {

using domain::Status;

/// Errors of the runtime's own create and start, to be told from those of our preparations.
struct RuntimeFailure {
  Error error;
};

pluginhost::ContainerOptions runtime_options(const domain::ContainerRecord& record) {
  const LogLimits limits = log_limits(record.host_config);
  const auto document = record.host_config.document();
  pluginhost::ContainerOptions options;
  options.tty = record.config.tty;
  options.open_stdin = record.config.open_stdin;
  options.stdin_once = record.config.stdin_once;
  options.log_path = record.log_path;
  options.log_max_bytes = limits.max_bytes;
  options.log_max_files = limits.max_files;
  const json::Node size = document.root()["ConsoleSize"];
  options.tty_rows = static_cast<std::uint32_t>(size.at(0).i64());
  options.tty_columns = static_cast<std::uint32_t>(size.at(1).i64());
  return options;
}

ContainerFiles write_files(const ContainerWorld& world, const domain::ContainerRecord& record,
                           const std::vector<std::string>& linked_hosts) {
  const ContainerDirectory directory(world.settings, record.id);
  directory.create();
  if (record.host_config.network_mode.starts_with("container:")) return {};  // the other's are used
  const ContainerFiles files = world.networks.files(record, linked_hosts);
  directory.write_hosts(files.hosts);
  directory.write_resolv_conf(files.resolv_conf);
  directory.write_hostname(record.config.hostname + "\n");
  return files;
}

/// Once per root. A container starts without it, too.
void tell_where_root_is(const ContainerWorld& world, const domain::ContainerRecord& record) {
  const auto path = ContainerDirectory(world.settings, record.id).mount_id();
  std::error_code unknown;
  if (std::filesystem::exists(path, unknown)) return;
  try {
    const std::string text =
        mount_id(world.settings.root, world.runtime.rootfs_describe(record.id));
    if (!text.empty()) file::write_atomic(path, text);
  } catch (const Error& error) {
    if (error.code() != Errc::unsupported)
      log::warn("container " + record.id + ": " + error.what());
  }
}

/// One UTS name goes with one network, as in Docker.
void adopt_hostname(const ContainerWorld& world, domain::ContainerRecord& record) {
  const std::string& mode = record.host_config.network_mode;
  if (!mode.starts_with("container:")) return;
  const state::ContainerPtr owner = get_joined(world.store, record.id, mode, "network");
  record.config.hostname = owner->record.config.hostname;
  record.config.domainname = owner->record.config.domainname;
}

void forget_stops(domain::ContainerRecord& record) {
  record.manually_stopped = false;
  record.restart_cancelled = false;
}

bool shares_memory(const domain::ContainerRecord& record) {
  return record.host_config.document().root()["IpcMode"].str() == "shareable";
}

}  // namespace

bool ContainerStart::run(const std::string& reference,
                         const std::vector<std::string>& environment) {
  const auto [lease, snapshot] = lease_container(world_, reference);
  const domain::State& state = snapshot->record.state;
  if (state.status == Status::paused)
    throw Error(Errc::conflict, "cannot start a paused container, try unpause instead");
  if (state.running()) return false;
  if (snapshot->record.removing || state.status == Status::dead)
    throw Error(Errc::conflict, "container is marked for removal and cannot be started");
  domain::ContainerRecord record = snapshot->record;
  forget_stops(record);
  record.restart_count = 0;
  start(std::move(record), environment);
  return true;
}

void ContainerStart::run_again(const state::ContainerPtr& snapshot, Count count) {
  domain::ContainerRecord record = snapshot->record;
  if (count == Count::reset) {
    forget_stops(record);
    record.restart_count = 0;
  }
  start(std::move(record), {});
}

void ContainerStart::start(domain::ContainerRecord record,
                           const std::vector<std::string>& environment) {
  {
    const StartsUnderWay::Mark mark(under_way_, record.id);
    try {
      record = launch(record, environment);
    } catch (const RuntimeFailure& failure) {
      fail(record, failure.error, true);
    } catch (const Error& error) {
      fail(record, error, false);
    } catch (const std::exception& error) {
      fail(record, Error(Errc::internal, error.what()), false);
    }
  }
  publish_container_event(world_.events, record, "start");
  health_.started(record);
  forwarding_.started(record);
}

domain::ContainerRecord ContainerStart::launch(domain::ContainerRecord record,
                                               const std::vector<std::string>& environment) {
  const std::string& id = record.id;
  world_.store.journal().put(kStartIntent, id, "{}");
  ScopeGuard end_intent([&] { world_.store.journal().erase(kStartIntent, id); });
  // An earlier run that this daemon did not see end.
  world_.runtime.remove(id);

  world_.networks.bring_up(record);
  ScopeGuard take_down([&] { world_.networks.take_down(record); });
  adopt_hostname(world_, record);
  mount_volumes(record, world_.volumes);
  ScopeGuard unmount([&] { unmount_volumes(record, world_.volumes); });
  const LinkedNames linked = linked_names(record, world_.store);
  const ContainerFiles files = write_files(world_, record, linked.hosts);
  tell_where_root_is(world_, record);
  const ContainerDirectory directory(world_.settings, id);
  if (shares_memory(record)) {
    unmount_shared_memory(directory.shm());
    mount_shared_memory(directory.shm(), record.host_config.document().root()["ShmSize"].i64());
  }
  ScopeGuard unmount_memory([&] {
    if (shares_memory(record)) unmount_shared_memory(directory.shm());
  });
  StartPlan plan = make_start_plan(world_, record);
  plan.link_environment = linked.environment;
  std::vector<std::string>& own = plan.record.config.env;
  own.insert(own.end(), environment.begin(), environment.end());
  const std::string spec = oci_spec(plan);

  ScopeGuard remove_runtime([&] { world_.runtime.remove(id); });
  try {
    world_.runtime.create(id, spec, runtime_options(record));
  } catch (const Error& error) {
    // What the plan asks for is not there or cannot be: nothing has been run.
    if (error.code() == Errc::invalid || error.code() == Errc::not_found) throw;
    throw RuntimeFailure{error};
  }
  world_.networks.open_resolver(record, files);
  world_.networks.publish(record);
  hand_over_streams(record);
  pluginhost::Started started;
  try {
    started = world_.runtime.start(id);
  } catch (const Error& error) {
    throw RuntimeFailure{error};
  }

  domain::State& state = record.state;
  const UnixNanos finished_at = state.finished_at;
  auto health = health_.initial(record);
  state = {};
  state.status = Status::running;
  state.pid = started.pid;
  state.started_at = started.started_at != 0 ? started.started_at : now_nanos();
  state.finished_at = finished_at;
  state.health = std::move(health);
  world_.store.put(record, {end_start_intent(id)});
  end_intent.dismiss();
  take_down.dismiss();
  unmount.dismiss();
  unmount_memory.dismiss();
  remove_runtime.dismiss();
  return record;
}

void ContainerStart::hand_over_streams(const domain::ContainerRecord& record) {
  for (HeldStream& held : held_.take(record.id)) {
    held.stream.fd = held.fd.get();
    try {
      world_.runtime.attach(record.id, held.stream);
    } catch (const Error& error) {
      // The client sees its connection close; the container starts all the same.
      log::warn("container " + record.id + ": attached client lost: " + error.what());
    }
  }
}

void ContainerStart::fail(const domain::ContainerRecord& before, const Error& error,
                          bool by_runtime) {
  const StartFailure failure = explain_start_failure(error, by_runtime);
  held_.drop(before.id);
  domain::ContainerRecord record = before;
  const bool was_restarting = record.state.status == Status::restarting;
  record.state.status = record.state.started_at == 0 ? Status::created : Status::exited;
  record.state.restarting = false;
  record.state.pid = 0;
  record.state.error = failure.error.what();
  const int exit_code = failure.exit_code_after(before.state.exit_code);
  record.state.exit_code = exit_code;
  try {
    const state::ContainerPtr failed = world_.store.put_or_publish(std::move(record));
    if (was_restarting) watch_.stopped(before.id, {exit_code, failure.error.what()});
    if (before.host_config.auto_remove) remove_.remove_leased(failed, true);
  } catch (const Error& second) {
    log::error("container " + before.id + ": after a failed start: " + second.what());
  }
  throw failure.error;
}

}  // namespace gantry::services
