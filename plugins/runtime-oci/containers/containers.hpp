// All containers that exist between create() and remove(): each has a bundle directory and, until
// it ends, a supervisor process (gantry-shim). This object keeps what is known of each in memory;
// the truth is with the supervisors, who are asked again when the plugin is created.
//
// What still runs though the run directory does not know it any more is ended by remove().
//
// Files: containers_create.cpp, _run.cpp, _exec.cpp, _resources.cpp, _remove.cpp, _adopt.cpp (after
// a daemon restart), _events.cpp (what supervisors report, on the one plugin thread; the clean-up
// after one that was killed has a thread of its own). Threads: any, as the tags of gantry/runtime.h
// say. The lock is never held over a call to a supervisor.
#pragma once

#include <atomic>
#include <chrono>
#include <gantry/cpp/runtime.hpp>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/background.hpp"
#include "base/error.hpp"
#include "base/operation.hpp"
#include "containers/bundle.hpp"
#include "containers/seccomp_filters.hpp"
#include "host/apparmor.hpp"
#include "host/cgroups.hpp"
#include "host/oci_runtime.hpp"
#include "network/data_plane.hpp"
#include "network/port_map.hpp"
#include "protocol/client.hpp"
#include "protocol/subscriptions.hpp"
#include "roots/root_store.hpp"

namespace gantry::oci {

class RuntimeSpec;

class Containers final : shim::EventHandler {
 public:
  /// What containers need of the rest; all outlive this object.
  struct Parts {
    sdk::Host host;
    std::string shim_path;
    const Cgroups& cgroups;
    const OciRuntime& runtime;
    const RootStore& roots;
    DataPlane& network;
    const PortMap& ports;
    AppArmor& apparmor;
  };
  /// Finds the containers of an earlier daemon again.
  explicit Containers(Parts parts);

  void create(const std::string& id, std::string_view spec, const gantry_container_options& options,
              const Operation& op);
  void attach(const std::string& id, const gantry_stream& stream);
  sdk::Started start(const std::string& id, const Operation& op);
  void signal(const std::string& id, int signal, bool all);
  void resize(const std::string& id, std::uint32_t rows, std::uint32_t columns);
  void remove(const std::string& id, const Operation& op);
  sdk::ContainerState state(const std::string& id) const;
  std::vector<sdk::ContainerState> list() const;

  int exec_start(const std::string& id, const std::string& exec_id, std::string_view process,
                 const gantry_stream* stream, bool open_stdin, const Operation& op);
  void exec_resize(const std::string& id, const std::string& exec_id, std::uint32_t rows,
                   std::uint32_t columns);
  void exec_signal(const std::string& id, const std::string& exec_id, int signal);
  std::vector<sdk::ExecInfo> exec_list(const std::string& id);

  void pause(const std::string& id);
  void resume(const std::string& id);
  std::vector<int> pids(const std::string& id) const;
  void update(const std::string& id, std::string_view resources);
  /// The document of gantry/ext/stats.h.
  std::string sample(const std::string& id) const;

  std::string publish(const std::string& id, std::string_view ports);
  void unpublish(const std::string& id);
  /// The firewall's rules were made again: adds all translations.
  void republish() noexcept;

  /// The container's network namespace: empty when it is the host's. GANTRY_CONFLICT: does not run.
  UniqueFd network_namespace(const std::string& id) const;
  /// First process of a running container, or 0.
  pid_t find_pid(const std::string& id) const;
  /// Supervisor of a container that is created or runs, or 0.
  pid_t shim_pid(const std::string& id) const;
  Bundle bundle(const std::string& id) const { return {parts_.host.run_dir(), id}; }

 private:
  struct Container {
    enum class Status { created, running, exited } status = Status::created;
    bool paused = false;
    bool removing = false;
    bool silent = false;   // its supervisor has not answered since this daemon began
    bool unheard = false;  // and will not be heard when it does
    pid_t shim_pid = 0;
    int pid = 0;
    int exit_code = 0;
    bool oom_killed = false;
    bool streams_open = false;  // it has ended, its clients are not closed yet
    std::int64_t started_at = 0, finished_at = 0;
    std::string cgroup_path;
    // Found at the first exec.
    std::shared_ptr<const seccomp::Program> filter;
    std::string apparmor_profile;
  };

  struct Exit {
    int exit_code = 0;
    bool oom_killed = false;
    bool streams_open = false;
    std::int64_t time = 0;
  };

  Container get(const std::string& id) const;  // a copy; GANTRY_NOT_FOUND
  /// Calls `edit` under the lock, if the container is known.
  template <class F>
  void change(const std::string& id, F&& edit) {
    const std::lock_guard lock(mutex_);
    if (const auto found = containers_.find(id); found != containers_.end()) edit(found->second);
  }
  shim::Client connect(const std::string& id);
  /// Calls `ask` with a client of the container's supervisor, which ends with its container,
  /// perhaps just now: GANTRY_CONFLICT with ESRCH.
  template <class F>
  auto ask_running(const std::string& id, F&& ask);
  int sealed_shim();
  sdk::ContainerState to_state(const std::string& id, const Container& container) const;
  shim::Limits limits(const Operation& op) const;

  /// The supervisor's process.
  /// Another time where only the OCI runtime lacked a thread.
  shim::Started start_by(shim::Client& client, const std::string& id, const Operation& op);
  pid_t send_create(shim::Client& client, const std::string& id, const RuntimeSpec& spec,
                    const gantry_container_options& options, const Operation& op);
  void adopt_all();
  /// True: it runs. A supervisor that does not answer in `patience` is believed to be as it was.
  bool adopt(const std::string& id, std::chrono::milliseconds patience);
  bool adopt_silent(const std::string& id);
  void listen_to(const std::string& id) noexcept;
  /// Without the supervisor's socket, as long as the supervisor lives. False: the process is none
  /// of its.
  static bool signal_process(const Container& container, int signal);
  void adopt_dead(const std::string& id);
  /// Takes note of control groups that are named like containers, which do not run by their
  /// bundles.
  void find_strays();
  /// GANTRY_CONFLICT: another engine looks after it.
  void end_stray(const std::string& id);
  /// Without a supervisor: kills what is left, and makes the OCI runtime forget the container.
  void clean_up(const std::string& id, const std::string& cgroup_path) const;
  /// The same, then tells of the exit. On the thread of `endings_`: the runtime may take its time.
  void end_late(const std::string& id, const std::string& cgroup_path, const Exit& exit) noexcept;
  std::string runtime_root() const { return parts_.host.run_dir() + "/runc"; }
  std::optional<std::string> note_ports(const Bundle& files, const std::string& ports);
  void drop_ports(const std::string& id) noexcept;
  void forget_ports(const std::vector<Bundle>& ended);

  void on_ends(const std::vector<std::string>& ids) override;
  void on_event(const std::string& id, const shim::Event& event) override;
  void on_subscribed(const std::string& id) override;
  void on_closed(const std::string& id) override;
  /// True: the supervisor lives, and is or will be heard.
  bool listen_again(const std::string& id);
  void on_exit(const std::string& id, const Exit& exit);
  void on_streams_end(const std::string& id);
  int known_pid(const std::string& id) const;
  void report(const char* kind, const std::string& id, std::int64_t time,
              const std::string& exec_id = {}, int exit_code = 0, bool oom_killed = false) const;

  Parts parts_;
  mutable std::mutex mutex_;
  std::map<std::string, Container> containers_;  // guarded by mutex_
  std::map<std::string, std::string> strays_;    // id -> control group; guarded by mutex_
  UniqueFd bundles_;                             // held as long as this engine lives
  std::mutex binary_mutex_;
  UniqueFd binary_;         // guarded by binary_mutex_ until set, then constant
  std::mutex ports_mutex_;  // a bundle's ports and their translations go together
  SeccompFilters filters_;
  Background endings_;          // its thread uses the members above
  shim::Subscriptions events_;  // last: its thread uses the members above
};

/// Runs a call to a supervisor; its errors become ours.
template <class F>
auto ask_shim(F&& call) {
  try {
    return call();
  } catch (const shim::ShimError& error) {
    throw Error(error.code(), error.what(), error.os_errno());
  }
}

template <class F>
auto Containers::ask_running(const std::string& id, F&& ask) {
  try {
    shim::Client client = connect(id);
    return ask_shim([&] { return ask(client); });
  } catch (const Error& error) {
    const int reason = error.os_errno();
    const bool closed = error.code() == GANTRY_UNAVAILABLE &&
                        (reason == 0 || reason == EPIPE || reason == ECONNRESET);
    if (!closed && error.code() != GANTRY_CONFLICT) throw;
    throw Error(GANTRY_CONFLICT, "container " + id + " is not running", ESRCH);
  }
}

/// A client of the host as the supervisor's request.
shim::Attach attach_request(const gantry_stream& stream);

}  // namespace gantry::oci
