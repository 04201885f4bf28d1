// The exec instances the engine knows, in memory: a supervisor outlives the daemon, and restore
// fills the table from it again. Any thread. A finished exec stays for at least five minutes
// (behaviours.md 3.10).
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

namespace gantry::services {

/// What was asked at exec create.
struct ExecConfig {
  std::string container_id;
  std::vector<std::string> cmd, env;
  std::string user, working_dir;
  bool tty = false, privileged = false;
  bool attach_stdin = false, attach_stdout = false, attach_stderr = false;
  std::string detach_keys;  // key bytes
  std::uint32_t tty_rows = 0, tty_columns = 0;
  /// Ours, not a client's: when its stream is closed the process is killed half a minute later.
  bool end_with_client = false;
};

enum class ExecPhase { created, starting, running, ended };

struct ExecStatus {
  ExecPhase phase = ExecPhase::created;
  bool start_failed = false;
  int pid = 0;        // on the host, once started
  int exit_code = 0;  // valid once ended
  bool open_stdin = false, open_stdout = false, open_stderr = false;

  /// As clients are told: from the moment it is started.
  bool running() const { return phase == ExecPhase::starting || phase == ExecPhase::running; }
};

struct ExecView {
  std::string id;
  std::shared_ptr<const ExecConfig> config;
  ExecStatus status;
};

class ExecTable {
 public:
  /// Returns the new instance's id.
  std::string add(ExecConfig config);
  /// An instance found at a supervisor after a restart.
  void adopt(const std::string& id, ExecConfig config, const ExecStatus& status);
  std::optional<ExecView> find(const std::string& id) const;
  /// Throws Error{not_found} `No such exec instance: X`.
  ExecView get(const std::string& id) const;

  /// created → starting; throws Error{conflict} `exec command X has already run` (or is running).
  ExecView begin_start(const std::string& id);
  /// False: the container's run that it was for ended meanwhile, and so it counts as ended.
  bool started(const std::string& id, int pid);
  void start_failed(const std::string& id, int exit_code);
  /// Records the end; callable from plugin threads (in memory, no waiting). The exit may overtake
  /// started(). Returns the view when this call ended it.
  std::optional<ExecView> ended(const std::string& id, int exit_code);
  /// For instances that nobody will ask for. Unknown: nothing happens.
  void forget(const std::string& id);
  /// Blocks until the instance left created/starting or `limit` is over.
  ExecView wait_started(const std::string& id, std::chrono::nanoseconds limit) const;

  /// Ids of the running instances of a container, in order of creation.
  std::vector<std::string> running_in(const std::string& container_id) const;
  /// The container ended: what still counts as running ended with it, what is being started will
  /// have; what was not started is gone. Nothing is left for the container's next run.
  void container_ended(const std::string& container_id);
  void container_removed(const std::string& container_id);

 private:
  struct Entry;
  void end_locked(Entry& entry, int exit_code);
  void forget_old_locked();
  std::shared_ptr<Entry> get_locked(const std::string& id) const;

  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  std::unordered_map<std::string, std::shared_ptr<Entry>> entries_;
  std::deque<std::pair<std::chrono::steady_clock::time_point, std::string>> ended_;  // oldest first
  std::uint64_t next_serial_ = 0;
};

}  // namespace gantry::services
