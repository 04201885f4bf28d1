// Containers: what supervisors report. Runs on the one plugin thread.
#include "base/error.hpp"
#include "containers/containers.hpp"
#include "containers/lost_exit_code.hpp"
#include "protocol/status_file.hpp"

namespace gantry::oci {

void Containers::report(const char* kind, const std::string& id, const std::string& exec_id,
                        int exit_code, std::int64_t time, bool oom_killed) const {
  gantry_event event{};
  event.size = sizeof event;
  event.kind = kind;
  event.container_id = id.c_str();
  event.exec_id = exec_id.c_str();
  event.exit_code = exit_code;
  event.time_ns = time;
  event.oom_killed = oom_killed ? 1 : 0;
  parts_.host.event(event);
}

void Containers::on_event(const std::string& id, const shim::Event& event) {
  const std::string exec_id(event.exec_id);
  switch (static_cast<shim::EventKind>(event.kind)) {
    case shim::EventKind::exit:
      return on_exit(id, event.exit_code, event.oom_killed != 0, event.time);
    case shim::EventKind::exec_exit:
      return report("exec_exit", id, exec_id, event.exit_code, event.time, false);
    case shim::EventKind::oom:
      return report("oom", id, "", 0, event.time, false);
    case shim::EventKind::detach:
      return report("detach", id, exec_id, 0, event.time, false);
    case shim::EventKind::log_failing:
      return parts_.host.warn("container " + id + ": log can't be written: " +
                              os_error("write", event.exit_code).what());
  }
}

void Containers::on_exit(const std::string& id, int exit_code, bool oom_killed, std::int64_t time) {
  // Before anybody hears of it: the ports may be somebody else's next.
  drop_ports(id);
  change(id, [&](Container& container) {
    container.status = Container::Status::exited;
    container.paused = false;
    container.exit_code = exit_code;
    container.oom_killed = oom_killed;
    container.finished_at = time;
    container.filter.reset();
  });
  report("exit", id, "", exit_code, time, oom_killed);
}

void Containers::on_closed(const std::string& id) {
  Container container;
  {
    const std::lock_guard lock(mutex_);
    const auto found = containers_.find(id);
    if (found == containers_.end()) return;
    container = found->second;
  }
  if (container.removing || container.status == Container::Status::exited) return;
  const auto status = shim::read_status_file(bundle(id).path().c_str());
  if (status && static_cast<shim::Phase>(status->phase) == shim::Phase::exited) {
    // It ended in order, only its event did not arrive.
    if (status->deleted == 0) clean_up(id, container.cgroup_path);
    return on_exit(id, status->exit_code, status->oom_killed != 0, status->finished_at);
  }
  // The supervisor was killed: nobody holds the container's streams, or learns how it ends.
  parts_.host.error("container " + id + ": its supervisor has been killed");
  clean_up(id, container.cgroup_path);
  drop_ports(id);
  const std::int64_t now = std::chrono::duration_cast<std::chrono::nanoseconds>(
                               std::chrono::system_clock::now().time_since_epoch())
                               .count();
  change(id, [&](Container& known) {
    known.status = Container::Status::exited;
    known.paused = false;
    known.exit_code = kLostExitCode;
    known.finished_at = now;
    known.filter.reset();
  });
  report("lost", id, "", -1, now, false);
}

}  // namespace gantry::oci
