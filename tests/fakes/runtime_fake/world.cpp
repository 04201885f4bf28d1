#include "runtime_fake/world.hpp"

#include <ctime>
#include <utility>

namespace fake {

using gantry::sdk::ContainerState;
using gantry::sdk::Error;

std::int64_t now_ns() {
  timespec now{};
  ::clock_gettime(CLOCK_REALTIME, &now);
  return std::int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

std::shared_ptr<World> World::of(const std::string& run_dir) {
  static std::mutex mutex;
  static std::map<std::string, std::shared_ptr<World>> worlds;
  const std::lock_guard lock(mutex);
  auto& world = worlds[run_dir];
  if (!world) world = std::make_shared<World>();
  return world;
}

void World::listen(std::optional<gantry::sdk::Host> host) {
  const std::lock_guard lock(host_mutex_);
  host_ = std::move(host);
}

Running& World::get(const std::string& id) {
  const auto it = containers_.find(id);
  if (it == containers_.end()) throw Error(GANTRY_NOT_FOUND, "no container " + id);
  return it->second;
}

void World::create(const std::string& id, Process::Options options) {
  options.exited = [this, id](int code) { exited(id, code); };
  const std::lock_guard lock(mutex_);
  if (containers_.count(id)) throw Error(GANTRY_CONFLICT, "container " + id + " already exists");
  Running running;
  running.state.id = id;
  running.state.status = "created";
  running.process = std::make_shared<Process>(std::move(options));
  containers_.emplace(id, std::move(running));
}

gantry::sdk::Started World::start(const std::string& id) {
  // Held over the start, so that an exit at once is recorded after "running".
  const std::lock_guard lock(mutex_);
  Running& running = get(id);
  running.process->start();
  running.state.status = "running";
  running.state.pid = running.process->pid();
  running.state.started_at = now_ns();
  return {running.state.pid, running.state.started_at};
}

std::shared_ptr<Process> World::process(const std::string& id) {
  const std::lock_guard lock(mutex_);
  return get(id).process;
}

World::~World() {
  // Threads that end meanwhile find nothing; those that have ended had the lock before.
  std::map<std::string, Running> gone;
  const std::lock_guard lock(mutex_);
  gone.swap(containers_);
}

void World::remove(const std::string& id) {
  Running gone;
  {
    const std::lock_guard lock(mutex_);
    const auto it = containers_.find(id);
    if (it == containers_.end()) return;
    gone = std::move(it->second);
    containers_.erase(it);
  }
  // Its processes end here, outside the lock: their threads may be on the way to exited().
}

void World::set_paused(const std::string& id, bool paused) {
  const std::lock_guard lock(mutex_);
  Running& running = get(id);
  const char* wanted = paused ? "running" : "paused";
  if (running.state.status != wanted)
    throw Error(GANTRY_CONFLICT, "container is " + running.state.status + ", not " + wanted);
  running.process->set_paused(paused);
  running.state.status = paused ? "paused" : "running";
}

ContainerState World::state(const std::string& id) {
  const std::lock_guard lock(mutex_);
  return get(id).state;
}

std::vector<ContainerState> World::list() {
  const std::lock_guard lock(mutex_);
  std::vector<ContainerState> states;
  for (const auto& [id, running] : containers_) states.push_back(running.state);
  return states;
}

int World::exec_start(const std::string& id, const std::string& exec_id, Process::Options options,
                      const gantry_stream* stream, const std::string& note) {
  options.exited = [this, id, exec_id](int code) { exec_exited(id, exec_id, code); };
  auto process = std::make_shared<Process>(std::move(options));
  const std::lock_guard lock(mutex_);
  Running& running = get(id);
  if (running.state.status != "running") throw Error(GANTRY_CONFLICT, "container is not running");
  if (stream) process->attach(*stream);
  process->start();
  running.execs[exec_id] = {exec_id, process->pid(), true, 0, note};
  const int pid = process->pid();
  running.exec_processes[exec_id] = std::move(process);
  return pid;
}

std::shared_ptr<Process> World::exec_process(const std::string& id, const std::string& exec_id) {
  const std::lock_guard lock(mutex_);
  auto& processes = get(id).exec_processes;
  const auto it = processes.find(exec_id);
  if (it == processes.end()) throw Error(GANTRY_NOT_FOUND, "no exec " + exec_id);
  return it->second;
}

std::vector<gantry::sdk::ExecInfo> World::exec_list(const std::string& id) {
  const std::lock_guard lock(mutex_);
  std::vector<gantry::sdk::ExecInfo> execs;
  for (const auto& [exec_id, info] : get(id).execs) execs.push_back(info);
  return execs;
}

void World::exited(const std::string& id, int code) {
  int pid = 0;
  {
    const std::lock_guard lock(mutex_);
    const auto it = containers_.find(id);
    if (it == containers_.end()) return;
    ContainerState& state = it->second.state;
    state.status = "exited";
    pid = std::exchange(state.pid, 0);
    state.exit_code = code;
    state.finished_at = now_ns();
    // A container's processes die with its first one.
    for (auto& [exec_id, process] : it->second.exec_processes) process->signal(9);
  }
  send("exit", id, "", code, pid);
}

void World::exec_exited(const std::string& id, const std::string& exec_id, int code) {
  {
    const std::lock_guard lock(mutex_);
    const auto it = containers_.find(id);
    if (it == containers_.end()) return;
    auto& info = it->second.execs[exec_id];
    info.running = false;
    info.pid = 0;
    info.exit_code = code;
  }
  send("exec_exit", id, exec_id, code);
}

void World::send(const char* kind, const std::string& id, const std::string& exec_id, int code,
                 int pid) {
  gantry_event event{};
  event.size = sizeof event;
  event.exit_code = code;
  event.kind = kind;
  event.container_id = id.c_str();
  event.exec_id = exec_id.c_str();
  event.time_ns = now_ns();
  event.pid = pid;
  const std::lock_guard lock(host_mutex_);
  if (host_) host_->event(event);
}

}  // namespace fake
