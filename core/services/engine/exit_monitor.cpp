#include "core/services/engine/exit_monitor.hpp"

#include "core/base/error.hpp"
#include "core/base/log.hpp"
#include "core/services/world/container_events.hpp"

namespace gantry::services {
namespace {

/// A supervisor that was killed takes its container's exit code with it; Docker shows 255 for that.
constexpr int kLostExitCode = 255;

}  // namespace

void ExitMonitor::start() {
  thread_ = std::thread([this] { run(); });
}

void ExitMonitor::stop() {
  world_.inbox.close();
  if (thread_.joinable()) thread_.join();
}

void ExitMonitor::run() {
  while (const auto event = world_.inbox.take()) {
    try {
      dispatch(*event);
    } catch (const std::exception& error) {
      log::error("plugin event " + event->kind + ": " + error.what());
      world_.inbox.exit_told(event->container_id);
    }
  }
}

void ExitMonitor::dispatch(const pluginhost::PluginEvent& event) {
  if (event.kind == "exit" || event.kind == "lost") {
    ExitFact fact{event.container_id, event.exit_code, event.oom_killed, event.time, {}, event.pid};
    if (event.kind == "lost") {
      fact.exit_code = kLostExitCode;
      fact.error = "the container's supervisor was lost";
    }
    // Not here: handling waits for the container's lease, and another container's exit must not.
    workers_.run([this, fact] { exits_.handle(fact); });
  } else if (event.kind == "exec_exit") {
    exec_ended(event);
  } else if (event.kind == "detach") {
    detached(event);
  } else if (event.kind == "oom") {
    workers_.run([this, id = event.container_id, pid = event.pid] { out_of_memory(id, pid); });
  }
}

void ExitMonitor::exec_ended(const pluginhost::PluginEvent& event) {
  const state::ContainerPtr snapshot = world_.store.find_id(event.container_id);
  if (!snapshot) return;
  publish_container_event(
      world_.events, snapshot->record, "exec_die",
      {{"execID", event.exec_id}, {"exitCode", std::to_string(event.exit_code)}});
}

void ExitMonitor::detached(const pluginhost::PluginEvent& event) {
  const state::ContainerPtr snapshot = world_.store.find_id(event.container_id);
  if (!snapshot) return;
  if (event.exec_id.empty()) {
    publish_container_event(world_.events, snapshot->record, "detach");
  } else {
    publish_container_event(world_.events, snapshot->record, "exec_detach",
                            {{"execID", event.exec_id}});
  }
}

void ExitMonitor::out_of_memory(const std::string& container_id, int pid) {
  const state::Lease lease = world_.leases.take(container_id);
  const state::ContainerPtr snapshot = world_.store.find_id(container_id);
  if (!snapshot) return;
  const domain::State& state = snapshot->record.state;
  // Its end, which says so as well, may have been quicker than this, and the next start, too.
  const bool of_earlier_run = pid != 0 && state.pid != 0 && pid != state.pid;
  if (!of_earlier_run) {
    domain::ContainerRecord record = snapshot->record;
    record.state.oom_killed = true;
    world_.store.put_or_publish(std::move(record));
  }
  publish_container_event(world_.events, snapshot->record, "oom");
}

}  // namespace gantry::services
