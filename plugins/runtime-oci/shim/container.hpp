// The container: its states from created to exited (../protocol/wire.hpp), its first process and
// all that has to happen when that ends.
#pragma once

#include <sys/types.h>

#include <vector>

#include "bytes.hpp"
#include "cgroups.hpp"
#include "connections.hpp"
#include "console_socket.hpp"
#include "events.hpp"
#include "log_writer.hpp"
#include "oci_runtime.hpp"
#include "oom_watch.hpp"
#include "status_writer.hpp"
#include "streams.hpp"

namespace gantry::shim {

// What else lives and dies with the container.
class ContainerCompanions {
 public:
  virtual void hurry_execs() = 0;
  virtual void release_ports() = 0;

 protected:
  ~ContainerCompanions() = default;
};

class Container final : StreamsOwner, EventWaiter {
 public:
  Container(Loop& loop, Events& events, Connections& connections, ContainerCompanions& companions);

  bool create(std::string_view body, Failure& why);
  void start(Connection& connection);
  bool attach(UniqueFd client, const Attach& options, Failure& why);
  bool resize(std::uint32_t rows, std::uint32_t columns, Failure& why);
  bool signal(int number, bool all, Failure& why);
  void terminate(Connection& connection);
  // The creating connection has gone.
  void abandon();
  void child_ended(pid_t pid, int wait_status);

  Phase phase() const { return static_cast<Phase>(status_.phase); }
  bool running() const { return phase() == Phase::running && !init_ended_; }
  pid_t pid() const { return status_.pid; }
  std::string_view id() const { return config_.id; }
  Cgroups& cgroups() { return cgroups_; }
  State state() const;
  std::size_t clients() const { return streams_.clients(); }
  // Announces it when the OOM killer has killed again.
  void look_for_oom();
  // Destroys closed clients.
  void sweep();
  // Nothing is left to be done for it.
  bool finished() const { return finished_; }

 private:
  enum class Child { none, run, remove, force_remove };

  bool spawn_runtime(Failure& why);
  void runtime_started();
  void start_failed(const Failure& why);
  void reply_to_starter(const Failure& why);
  void init_ended(int wait_status);
  void begin_end(bool force);
  void begin_removal(bool force);
  void forget();
  void call_runtime_delete(bool force);
  void removal_ended(bool success);
  void unmounted();
  void end_if_all_gone();
  void kill_everything();
  void on_start_stuck();
  void on_ack_deadline();

  void on_output_end() override;
  void on_detach() override;
  void on_log_failing() override;
  void on_event_settled() override;

  Loop& loop_;
  Events& events_;
  Connections& connections_;
  ContainerCompanions& companions_;
  Bytes request_;  // config_ points into it
  Create config_;
  OciRuntime runtime_;
  LogWriter log_;
  Streams streams_;
  Cgroups cgroups_;
  OomWatch oom_watch_;
  ConsoleSocket console_;
  StatusFile status_;
  std::uint32_t rows_ = 0, columns_ = 0;

  UniqueFd in_, out_, err_;  // our ends, between spawn and begin
  Child child_ = Child::none;
  pid_t child_pid_ = 0;
  pid_t unmounter_ = 0;
  std::uint64_t starter_ = 0;  // connection that waits for `start`
  std::vector<std::uint64_t> terminators_;
  struct Ended {
    pid_t pid;
    int wait_status;
  };
  std::vector<Ended> ended_early_;  // children that ended while the runtime was running
  std::uint64_t oom_seen_ = 0;
  bool runtime_used_ = false;
  bool mounted_ = false;
  bool abandoned_ = false;
  bool terminating_ = false;
  bool init_ended_ = false;
  bool streams_open_ = false;  // since the exit was announced
  bool ending_ = false;        // the runtime's delete and the unmount are under way, or over
  bool removed_ = false;       // the former is over
  bool finished_ = false;
  int forget_attempts_ = 0;
  Timer ack_deadline_, start_deadline_, unmount_deadline_, forget_retry_;
};

}  // namespace gantry::shim
