// Containers: what supervisors report. Runs on the one plugin thread, but for end_late().
#include <chrono>
#include <utility>

#include "base/error.hpp"
#include "containers/containers.hpp"
#include "containers/lost_exit_code.hpp"
#include "protocol/status_file.hpp"

namespace gantry::oci {
namespace {

/// Of the one thread that hears of all containers.
constexpr std::chrono::milliseconds kReconnectPatience{500};

std::int64_t now_ns() {
  using namespace std::chrono;
  return duration_cast<nanoseconds>(system_clock::now().time_since_epoch()).count();
}

}  // namespace

// Also of one that has ended; 0 while it is being started.
int Containers::known_pid(const std::string& id) const {
  const std::lock_guard lock(mutex_);
  const auto found = containers_.find(id);
  return found == containers_.end() ? 0 : found->second.pid;
}

void Containers::report(const char* kind, const std::string& id, std::int64_t time,
                        const std::string& exec_id, int exit_code, bool oom_killed) const {
  gantry_event event{};
  event.pid = known_pid(id);
  event.size = sizeof event;
  event.kind = kind;
  event.container_id = id.c_str();
  event.exec_id = exec_id.c_str();
  event.exit_code = exit_code;
  event.time_ns = time;
  event.oom_killed = oom_killed ? 1 : 0;
  parts_.host.event(event);
}

void Containers::on_ends(const std::vector<std::string>& ids) {
  try {
    std::vector<Bundle> ended;
    for (const std::string& id : ids) ended.push_back(bundle(id));
    forget_ports(ended);
  } catch (const std::exception&) {
    // Each is tried, and complained of, alone.
  }
}

void Containers::on_event(const std::string& id, const shim::Event& event) {
  const std::string exec_id(event.exec_id);
  switch (static_cast<shim::EventKind>(event.kind)) {
    case shim::EventKind::exit:
      return on_exit(id,
                     {event.exit_code, event.oom_killed != 0, event.streams_open != 0, event.time});
    case shim::EventKind::streams_end:
      return on_streams_end(id);
    case shim::EventKind::exec_exit:
      return report("exec_exit", id, event.time, exec_id, event.exit_code);
    case shim::EventKind::oom:
      return report("oom", id, event.time);
    case shim::EventKind::detach:
      return report("detach", id, event.time, exec_id);
    case shim::EventKind::log_failing:
      return parts_.host.warn("container " + id + ": log can't be written: " +
                              os_error("write", event.exit_code).what());
  }
}

void Containers::on_exit(const std::string& id, const Exit& exit) {
  // Before anybody hears of it: the ports may be somebody else's next. Mostly on_ends() has done
  // it.
  drop_ports(id);
  change(id, [&](Container& container) {
    container.status = Container::Status::exited;
    container.paused = false;
    container.exit_code = exit.exit_code;
    container.oom_killed = exit.oom_killed;
    container.streams_open = exit.streams_open;
    container.finished_at = exit.time;
    container.filter.reset();
  });
  if (exit.streams_open) report("streams_open", id, exit.time);
  report("exit", id, exit.time, {}, exit.exit_code, exit.oom_killed);
}

void Containers::on_streams_end(const std::string& id) {
  bool open = false;
  change(id, [&](Container& container) { open = std::exchange(container.streams_open, false); });
  if (open) report("streams_end", id, now_ns());
}

void Containers::on_subscribed(const std::string& id) {
  change(id, [](Container& container) { container.silent = false; });
  parts_.host.info("container " + id + ": its supervisor answers again");
}

bool Containers::listen_again(const std::string& id) {
  std::string why;
  try {
    shim::Client client = shim::Client::connect(bundle(id).path(), kReconnectPatience);
    client.begin_subscribe();
    events_.add(id, client.release());
    return true;
  } catch (const shim::ShimError& error) {
    if (error.code() == GANTRY_NOT_FOUND || error.code() == GANTRY_UNAVAILABLE) return false;
    why = error.what();
  } catch (const std::exception& error) {
    why = error.what();
  }
  // It may well be there.
  change(id, [](Container& container) { container.silent = container.unheard = true; });
  parts_.host.warn("container " + id + ": " + why);
  return true;
}

void Containers::end_late(const std::string& id, const std::string& cgroup_path,
                          const Exit& exit) noexcept {
  try {
    clean_up(id, cgroup_path);
  } catch (const std::exception& error) {
    parts_.host.warn("container " + id + ": " + error.what());
  }
  on_exit(id, exit);
}

void Containers::on_closed(const std::string& id) {
  Container container;
  {
    const std::lock_guard lock(mutex_);
    const auto found = containers_.find(id);
    if (found == containers_.end()) return;
    container = found->second;
  }
  if (container.status == Container::Status::exited) return on_streams_end(id);
  if (container.removing) return;
  const auto status = shim::read_status_file(bundle(id).path().c_str());
  if (status && static_cast<shim::Phase>(status->phase) == shim::Phase::exited) {
    // It ended in order, only its event did not arrive.
    const Exit exit{status->exit_code, status->oom_killed != 0, false, status->finished_at};
    if (status->deleted != 0) return on_exit(id, exit);
    return endings_.run(
        id, [this, id, path = container.cgroup_path, exit] { end_late(id, path, exit); });
  }
  // A daemon that stood still for long is cut off by supervisors of earlier versions.
  if (listen_again(id)) return;
  // The supervisor was killed: nobody holds the container's streams, or learns how it ends.
  parts_.host.error("container " + id + ": its supervisor has been killed");
  // The news come first: clients of its execs ask how those ended now. remove() clears the rest.
  parts_.cgroups.kill(container.cgroup_path);
  drop_ports(id);
  const std::int64_t now = now_ns();
  change(id, [&](Container& known) {
    known.status = Container::Status::exited;
    known.paused = false;
    known.exit_code = kLostExitCode;
    known.finished_at = now;
    known.filter.reset();
  });
  report("lost", id, now, {}, -1);
}

}  // namespace gantry::oci
