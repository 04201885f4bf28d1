// Containers: the end. A container that has exited in order is left to its supervisor, which goes
// on flushing clients by itself; remove() waits only until the OCI runtime has forgotten it.
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>

#include "base/child_process.hpp"
#include "base/directory.hpp"
#include "base/error.hpp"
#include "base/file.hpp"
#include "base/ids.hpp"
#include "base/json.hpp"
#include "containers/containers.hpp"
#include "containers/stray_supervisor.hpp"
#include "protocol/status_file.hpp"

namespace gantry::oci {
namespace {

constexpr std::chrono::seconds kDeleteLimit{20};
constexpr std::chrono::milliseconds kSilentLimit{1000};

}  // namespace

void Containers::clean_up(const std::string& id, const std::string& cgroup_path) const {
  if (exists(runtime_root() + "/" + id)) {
    try {
      run_child({parts_.runtime.get().path, "--root", runtime_root(), "delete", "--force", id},
                kDeleteLimit);
    } catch (const Error& error) {
      parts_.host.warn("container " + id + ": " + error.what());
    }
  }
  // What the runtime did not: it knows nothing of a container whose start was cut short.
  parts_.cgroups.destroy(cgroup_path);
  remove_tree(runtime_root() + "/" + id);
}

void Containers::end_stray(const std::string& id) {
  std::string cgroup_path;
  bool known = false;
  {
    const std::lock_guard lock(mutex_);
    const auto found = strays_.find(id);
    if (found == strays_.end()) return;
    cgroup_path = found->second;
    known = containers_.contains(id);
  }
  const auto supervisor = StraySupervisor::find(id, parts_.cgroups.pids(cgroup_path));
  // One of ours that has not ended yet is asked to.
  const bool is_ours = supervisor && known && supervisor->works_in(bundles_.get());
  if (supervisor && !is_ours) {
    if (supervisor->has_another_engine(bundles_.get()))
      throw Error(GANTRY_CONFLICT, "container " + id + " runs under another engine (supervisor " +
                                       std::to_string(supervisor->pid()) + ")");
    parts_.host.warn("container " + id + ": ending a run of which the run directory does not know");
  }
  if (!is_ours) {
    parts_.cgroups.destroy(cgroup_path);
    if (supervisor) supervisor->end();
  }
  const std::lock_guard lock(mutex_);
  strays_.erase(id);
}

void Containers::remove(const std::string& id, const Operation& op) {
  check_container_id(id);
  end_stray(id);
  std::string cgroup_path = "/gantry/" + id;
  shim::Limits limit = limits(op);
  bool known = false, started = true;
  change(id, [&](Container& container) {
    known = container.removing = true;
    started = container.status != Container::Status::created;
    cgroup_path = container.cgroup_path;
    if (container.silent) limit.timeout = std::min(limit.timeout, kSilentLimit);
  });
  endings_.wait_for(id);
  const Bundle files = bundle(id);
  // Somebody may have deleted the bundle.
  if (known || files.exists() || exists(runtime_root() + "/" + id)) {
    bool orderly = false;
    try {
      shim::Client::connect(files.path()).terminate(limit);
      orderly = true;
    } catch (const shim::ShimError& error) {
      if (error.code() == GANTRY_CANCELLED || error.code() == GANTRY_TIMEOUT) {
        change(id, [](Container& container) { container.removing = false; });
        throw Error(error.code(), error.what(), error.os_errno());
      }
      // No supervisor (any more).
    }
    const auto status = shim::read_status_file(files.path().c_str());
    if (!orderly && !(status && status->deleted != 0)) clean_up(id, cgroup_path);
    // An OCI runtime that was killed knows nothing of the groups it had made.
    if (orderly && !started) parts_.cgroups.destroy(cgroup_path);
    drop_ports(id);
    events_.remove(id);
    files.remove();
  }
  const std::lock_guard lock(mutex_);
  containers_.erase(id);
}

}  // namespace gantry::oci
