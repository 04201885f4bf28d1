// Containers: what is known of each, and ways to its supervisor.
#include "containers/containers.hpp"

#include <fcntl.h>
#include <linux/nsfs.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "base/error.hpp"
#include "base/file.hpp"
#include "base/ids.hpp"
#include "containers/stray_supervisor.hpp"
#include "protocol/spawn.hpp"
#include "protocol/wire.hpp"

namespace gantry::oci {
namespace {

/// For work on a container's control group, which is gone at once when it ends meanwhile.
template <class Work>
void while_it_runs(const std::string& id, const Work& work) {
  try {
    work();
  } catch (const Error& error) {
    if (error.os_errno() != ENOENT && error.os_errno() != ENODEV) throw;
    throw Error(GANTRY_CONFLICT, "Container " + id + " is not running");
  }
}

}  // namespace

Containers::Containers(Parts parts) : parts_(std::move(parts)), events_(*this) {
  make_directory(parts_.host.run_dir() + "/bundles");
  make_directory(runtime_root());
  bundles_ = hold_bundles(parts_.host.run_dir() + "/bundles");
  adopt_all();
  find_strays();
}

Containers::Container Containers::get(const std::string& id) const {
  check_container_id(id);
  const std::lock_guard lock(mutex_);
  const auto found = containers_.find(id);
  if (found == containers_.end()) throw Error(GANTRY_NOT_FOUND, "No such container: " + id);
  return found->second;
}

shim::Client Containers::connect(const std::string& id) {
  if (const Container container = get(id); container.silent) {
    if (container.unheard) listen_to(id);
    throw Error(GANTRY_TIMEOUT, "container " + id + ": its supervisor does not answer");
  }
  try {
    return shim::Client::connect(bundle(id).path());
  } catch (const shim::ShimError& error) {
    if (error.code() != GANTRY_NOT_FOUND) throw Error(error.code(), error.what(), error.os_errno());
    throw Error(GANTRY_CONFLICT, "container " + id + " is not running", ESRCH);
  }
}

int Containers::sealed_shim() {
  const std::lock_guard lock(binary_mutex_);
  if (!binary_) binary_ = ask_shim([&] { return shim::make_sealed_binary(parts_.shim_path); });
  return binary_.get();
}

shim::Limits Containers::limits(const Operation& op) const {
  return {op.left(std::chrono::seconds(60)), op.stop()};
}

sdk::ContainerState Containers::to_state(const std::string& id, const Container& container) const {
  sdk::ContainerState state;
  state.id = id;
  switch (container.status) {
    case Container::Status::created:
      state.status = "created";
      break;
    case Container::Status::running:
      state.status = container.paused ? "paused" : "running";
      break;
    case Container::Status::exited:
      state.status = "exited";
      break;
  }
  state.pid = container.status == Container::Status::running ? container.pid : 0;
  state.exit_code = container.exit_code;
  state.oom_killed = container.oom_killed;
  state.started_at = container.started_at;
  state.finished_at = container.finished_at;
  return state;
}

sdk::ContainerState Containers::state(const std::string& id) const { return to_state(id, get(id)); }

std::vector<sdk::ContainerState> Containers::list() const {
  const std::lock_guard lock(mutex_);
  std::vector<sdk::ContainerState> states;
  for (const auto& [id, container] : containers_) states.push_back(to_state(id, container));
  return states;
}

pid_t Containers::find_pid(const std::string& id) const {
  const std::lock_guard lock(mutex_);
  const auto found = containers_.find(id);
  if (found == containers_.end() || found->second.status != Container::Status::running) return 0;
  return found->second.pid;
}

pid_t Containers::shim_pid(const std::string& id) const {
  const std::lock_guard lock(mutex_);
  const auto found = containers_.find(id);
  if (found == containers_.end() || found->second.status == Container::Status::exited) return 0;
  return found->second.shim_pid;
}

UniqueFd Containers::network_namespace(const std::string& id) const {
  const pid_t shim = shim_pid(id);
  const std::string path =
      "/proc/" + std::to_string(shim) + "/fd/" + std::to_string(shim::kNetnsFd);
  UniqueFd fd;
  if (shim != 0) fd.reset(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (shim != 0 && !fd && errno != ENOENT && errno != ESRCH && errno != ENXIO)
    throw_errno("network namespace of container " + id);
  struct stat info {};
  if (fd && ::fstat(fd.get(), &info) == 0 && S_ISCHR(info.st_mode)) return {};  // the host's
  // A supervisor that ends has closed it, and perhaps something else in its place.
  if (!fd || ::ioctl(fd.get(), NS_GET_NSTYPE) != CLONE_NEWNET)
    throw Error(GANTRY_CONFLICT, "container " + id + " is not running", ESRCH);
  return fd;
}

void Containers::pause(const std::string& id) {
  const Container container = get(id);
  if (container.status != Container::Status::running)
    throw Error(GANTRY_CONFLICT, "Container " + id + " is not running");
  if (container.paused) throw Error(GANTRY_CONFLICT, "Container " + id + " is already paused");
  while_it_runs(id, [&] { parts_.cgroups.freeze(container.cgroup_path); });
  change(id, [](Container& c) { c.paused = true; });
}

void Containers::resume(const std::string& id) {
  const Container container = get(id);
  if (container.status != Container::Status::running || !container.paused)
    throw Error(GANTRY_CONFLICT, "Container " + id + " is not paused");
  while_it_runs(id, [&] { parts_.cgroups.thaw(container.cgroup_path); });
  change(id, [](Container& c) { c.paused = false; });
}

std::vector<int> Containers::pids(const std::string& id) const {
  const Container container = get(id);
  if (container.status != Container::Status::running)
    throw Error(GANTRY_CONFLICT, "container " + id + " is not running");
  return parts_.cgroups.pids(container.cgroup_path);
}

}  // namespace gantry::oci
