// Container: the end of its first process, and of everything that belongs to it.
//
// Order of an exit: process reaped → rest of the output read and logged → status file → event
// `exit` → (ack, deadline, or nobody there) attached clients closed → event `streams_end`;
// meanwhile the runtime's delete, unmount, the network namespace given up → status file with
// deleted=1 → waiting `terminate` answered → the shim ends.
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>

#include "clock.hpp"
#include "container.hpp"
#include "rootfs_mount.hpp"

namespace gantry::shim {
namespace {

constexpr std::int64_t kStuckStartMs = 5000;

// How long whoever removes or restarts the container waits for the unmount. The next shim's mount
// of the same directories should not overlap with this one, but nothing breaks when it does: no
// process uses the old one any more.
constexpr std::int64_t kUnmountMs = 100;

constexpr int kForgetAttempts = 7;  // 126 ms in all

int exit_code_of(int wait_status) {
  return WIFSIGNALED(wait_status) ? 128 + WTERMSIG(wait_status) : WEXITSTATUS(wait_status);
}

}  // namespace

void Container::child_ended(pid_t pid, int wait_status) {
  if (pid == unmounter_) return unmounted();
  if (child_ != Child::none && pid == child_pid_) {
    const Child ended = std::exchange(child_, Child::none);
    child_pid_ = 0;
    start_deadline_.cancel();
    const bool success = WIFEXITED(wait_status) && WEXITSTATUS(wait_status) == 0;
    if (ended == Child::run) {
      if (success) return runtime_started();
      Failure why;
      why.set(GANTRY_INTERNAL, "OCI runtime failed without a message");
      return start_failed(why);
    }
    if (!success && ended == Child::remove) return call_runtime_delete(true);
    return removal_ended(success);
  }
  // The container's process may be reaped before the runtime that started it: its pid is not known
  // yet.
  if (child_ == Child::run) {
    ended_early_.push_back({pid, wait_status});
  } else if (phase() == Phase::running && pid == status_.pid && !init_ended_) {
    init_ended(wait_status);
  }
}

void Container::init_ended(int wait_status) {
  init_ended_ = true;
  status_.exit_code = exit_code_of(wait_status);
  status_.finished_at = utc_ns();
  status_.oom_killed = cgroups_.oom_kills() > 0;
  look_for_oom();
  oom_watch_.stop();
  companions_.release_ports();
  companions_.hurry_execs();
  // Its pid namespace ends all others with it. Without one of its own they live on, and hold the
  // pipes.
  cgroups_.signal_all(SIGKILL);
  streams_.drain();
}

void Container::on_output_end() {
  status_.log_lost_bytes = log_.lost_bytes();
  status_.phase = static_cast<std::uint32_t>(Phase::exited);
  write_status_file(status_);
  ack_deadline_.arm(kAckDeadlineMs);
  streams_open_ = streams_.clients() > 0;
  events_.announce({.kind = EventKind::exit,
                    .exit_code = status_.exit_code,
                    .oom_killed = status_.oom_killed != 0,
                    .streams_open = streams_open_,
                    .time = status_.finished_at},
                   this);
  begin_end(false);
}

void Container::on_event_settled() {
  ack_deadline_.cancel();
  streams_.finish_clients();
}

void Container::sweep() {
  streams_.sweep();
  if (!streams_open_ || streams_.clients() > 0) return;
  streams_open_ = false;
  events_.announce({.kind = EventKind::streams_end, .time = utc_ns()});
}

void Container::on_ack_deadline() {
  events_.forget(this);
  on_event_settled();
}

void Container::begin_end(bool force) {
  if (ending_) return;
  ending_ = true;
  if (mounted_) unmounter_ = unmount_rootfs();
  if (unmounter_ != 0) unmount_deadline_.arm(kUnmountMs);
  if (runtime_used_) return begin_removal(force);
  removed_ = true;
  end_if_all_gone();
}

void Container::begin_removal(bool force) {
  if (force || config_.runtime_state.empty() || config_.cgroup_path.empty()) {
    return call_runtime_delete(force);
  }
  forget();
}

// What the runtime's delete would do, without its start-up time.
void Container::forget() {
  if (Cgroups::remove(config_.cgroup_path)) {
    return removal_ended(OciRuntime::forget(config_.runtime_state));
  }
  // Killed processes that are still ending, of a container without a pid namespace of its own.
  if (++forget_attempts_ < kForgetAttempts) return forget_retry_.arm(1 << forget_attempts_);
  call_runtime_delete(true);
}

void Container::call_runtime_delete(bool force) {
  Failure why;
  child_pid_ = runtime_.remove(force, why);
  if (child_pid_ <= 0) return removal_ended(false);
  child_ = force ? Child::force_remove : Child::remove;
}

void Container::removal_ended(bool success) {
  status_.deleted = success;
  removed_ = true;
  end_if_all_gone();
}

void Container::unmounted() {
  unmount_deadline_.cancel();
  unmounter_ = 0;
  end_if_all_gone();
}

void Container::end_if_all_gone() {
  if (!removed_ || unmounter_ != 0 || finished_) return;
  ::close(kNetnsFd);  // the last hold on the network namespace: its interfaces go with it
  if (phase() == Phase::exited) write_status_file(status_);
  finished_ = true;
  for (const std::uint64_t serial : terminators_) {
    if (Connection* connection = connections_.find(serial)) connection->reply_ok();
  }
  terminators_.clear();
  // Never started: nobody announces anything to attached clients.
  if (phase() != Phase::exited) streams_.drop_clients();
}

void Container::terminate(Connection& connection) {
  if (finished_) return connection.reply_ok();
  terminators_.push_back(connection.serial());
  if (terminating_) return;
  terminating_ = true;
  if (child_ == Child::run) {
    // A runtime that is killed leaves more behind than one that is let finish.
    start_deadline_.arm(kStuckStartMs);
  } else if (phase() == Phase::running) {
    if (!init_ended_) kill_everything();
  } else {
    begin_end(true);
  }
}

void Container::on_start_stuck() {
  if (child_ == Child::run) ::kill(child_pid_, SIGKILL);
}

void Container::kill_everything() {
  ::kill(status_.pid, SIGKILL);
  cgroups_.signal_all(SIGKILL);
  cgroups_.thaw();
}

void Container::abandon() {
  abandoned_ = true;
  if (child_ == Child::none && phase() != Phase::running) begin_end(true);
}

void Container::look_for_oom() {
  const std::uint64_t kills = cgroups_.oom_kills();
  if (kills <= oom_seen_) return;
  oom_seen_ = kills;
  events_.announce({.kind = EventKind::oom, .time = utc_ns()});
}

void Container::on_detach() { events_.announce({.kind = EventKind::detach, .time = utc_ns()}); }

void Container::on_log_failing() {
  events_.announce(
      {.kind = EventKind::log_failing, .exit_code = log_.failing_errno(), .time = utc_ns()});
}

}  // namespace gantry::shim
