// Containers: finding those of an earlier daemon again, by the rules of protocol/status_file.hpp.
#include <algorithm>
#include <chrono>

#include "base/directory.hpp"
#include "base/error.hpp"
#include "base/ids.hpp"
#include "base/json.hpp"
#include "containers/containers.hpp"
#include "containers/lost_exit_code.hpp"
#include "protocol/status_file.hpp"

namespace gantry::oci {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::duration_cast;
using std::chrono::milliseconds;

// All supervisors have so long to answer; then each of the others has a little.
constexpr milliseconds kAnswerPatience{2000}, kLeastPatience{500};

std::string cgroup_path_of(const Bundle& bundle, const std::string& id) {
  try {
    const JsonDocument config = parse_object(bundle.config(), "config.json");
    if (const Json* linux = find_member(config, "linux"))
      if (const std::string path = text_of(*linux, "cgroupsPath"); !path.empty()) return path;
  } catch (const Error&) {
    // Not written yet when the daemon died.
  }
  return "/gantry/" + id;
}

}  // namespace

void Containers::adopt_all() {
  std::vector<std::string> published;
  bool any = false;
  const auto deadline = Clock::now() + kAnswerPatience;
  for (const std::string& id : names_in(parts_.host.run_dir() + "/bundles")) {
    if (!is_container_id(id)) continue;
    any = true;
    try {
      // Those that do not answer must not keep the engine from its work, however many there are.
      const auto left = duration_cast<milliseconds>(deadline - Clock::now());
      const bool runs = adopt(id, std::max(left, kLeastPatience));
      const Bundle files = bundle(id);
      const auto ports = files.ports();
      if (ports && runs) published.push_back(*ports);
      // What a dead one had published is another's soon.
      if (ports && !runs) forget_ports({files});
    } catch (const std::exception& error) {
      parts_.host.error("container " + id + ": " + error.what());
    }
  }
  try {
    parts_.ports.keep_only(published);
  } catch (const std::exception& error) {
    if (any) parts_.host.warn(std::string("published ports: ") + error.what());
  }
}

bool Containers::adopt(const std::string& id, milliseconds patience) {
  try {
    shim::Client client = shim::Client::connect(bundle(id).path(), patience);
    const shim::State state = client.state({.timeout = patience});
    const auto phase = static_cast<shim::Phase>(state.phase);
    if (phase == shim::Phase::spawned || phase == shim::Phase::created) {
      // Its creator is gone, so it is about to end by itself, or a start is under way of which the
      // host never heard.
      client.terminate(shim::Limits{});
      parts_.cgroups.destroy(cgroup_path_of(bundle(id), id));
      bundle(id).remove();
      return false;
    }
    Container container;
    container.status =
        phase == shim::Phase::exited ? Container::Status::exited : Container::Status::running;
    container.shim_pid = state.shim_pid;
    container.pid = state.pid;
    container.exit_code = state.exit_code;
    container.oom_killed = state.oom_killed != 0;
    container.started_at = state.started_at;
    container.finished_at = state.finished_at;
    container.cgroup_path = cgroup_path_of(bundle(id), id);
    const bool runs = container.status == Container::Status::running;
    container.paused = runs && parts_.cgroups.settle_freeze(container.cgroup_path);
    {
      const std::lock_guard lock(mutex_);
      containers_.emplace(id, std::move(container));
    }
    client.subscribe();
    events_.add(id, client.release());
    return runs;
  } catch (const shim::ShimError& error) {
    if (error.code() == GANTRY_TIMEOUT) return adopt_silent(id);
    if (error.code() != GANTRY_NOT_FOUND && error.code() != GANTRY_UNAVAILABLE) throw;
    adopt_dead(id);  // it may have ended between the calls, too
    return false;
  }
}

bool Containers::adopt_silent(const std::string& id) {
  const Bundle files = bundle(id);
  const auto status = shim::read_status_file(files.path().c_str());
  const auto phase = status ? static_cast<shim::Phase>(status->phase) : shim::Phase::created;
  const bool runs = phase == shim::Phase::running;
  Container container;
  container.silent = container.unheard = true;
  container.cgroup_path = cgroup_path_of(files, id);
  if (status) {
    container.shim_pid = status->shim_pid;
    container.pid = status->pid;
    container.started_at = status->started_at;
    container.exit_code = status->exit_code;
    container.oom_killed = status->oom_killed != 0;
    container.finished_at = status->finished_at;
  }
  if (runs) container.paused = parts_.cgroups.settle_freeze(container.cgroup_path);
  container.status = runs                           ? Container::Status::running
                     : phase == shim::Phase::exited ? Container::Status::exited
                                                    : Container::Status::created;
  {
    const std::lock_guard lock(mutex_);
    containers_.insert_or_assign(id, std::move(container));
  }
  parts_.host.warn("container " + id + ": its supervisor does not answer");
  listen_to(id);
  return runs;
}

void Containers::listen_to(const std::string& id) noexcept {
  try {
    shim::Client client = shim::Client::connect(bundle(id).path(), kLeastPatience);
    client.begin_subscribe();
    events_.add(id, client.release());
    change(id, [](Container& container) { container.unheard = false; });
  } catch (const std::exception& error) {
    // Its queue may be full of those who have given up.
    parts_.host.warn("container " + id + ": " + error.what());
  }
}

void Containers::adopt_dead(const std::string& id) {
  const Bundle files = bundle(id);
  const auto status = shim::read_status_file(files.path().c_str());
  const auto phase = status ? static_cast<shim::Phase>(status->phase) : shim::Phase::spawned;
  const std::string cgroup_path = cgroup_path_of(files, id);
  if (phase != shim::Phase::exited || status->deleted == 0) clean_up(id, cgroup_path);
  if (phase == shim::Phase::spawned || phase == shim::Phase::created) {
    const std::lock_guard lock(mutex_);
    containers_.erase(id);
    return files.remove();
  }
  Container container;
  container.status = Container::Status::exited;
  container.started_at = status->started_at;
  container.cgroup_path = cgroup_path;
  if (phase == shim::Phase::exited) {
    container.exit_code = status->exit_code;
    container.oom_killed = status->oom_killed != 0;
    container.finished_at = status->finished_at;
  } else {  // the supervisor was killed
    container.exit_code = kLostExitCode;
    container.finished_at = status->started_at;
  }
  const std::lock_guard lock(mutex_);
  containers_.insert_or_assign(id, std::move(container));
}

void Containers::find_strays() {
  try {
    for (std::string& path : parts_.cgroups.find(is_container_id)) {
      const std::string id = path.substr(path.rfind('/') + 1);
      const std::lock_guard lock(mutex_);
      const auto known = containers_.find(id);
      // A bundle of an earlier run says nothing of a later one under another run directory.
      const bool is_stray = known == containers_.end()
                                ? !bundle(id).exists()
                                : known->second.status == Container::Status::exited;
      if (is_stray) strays_.emplace(id, std::move(path));
    }
  } catch (const std::exception& error) {
    parts_.host.warn(std::string("looking for what runs: ") + error.what());
  }
}

}  // namespace gantry::oci
