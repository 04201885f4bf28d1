// Container: from nothing to a running process. container_exit.cpp has the way back.
#include "container.hpp"

#include <fcntl.h>
#include <gantry/runtime.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>

#include "clock.hpp"
#include "rootfs_mount.hpp"
#include "terminal.hpp"

namespace gantry::shim {

Container::Container(Loop& loop, Events& events, Connections& connections,
                     ContainerCompanions& companions)
    : loop_(loop),
      events_(events),
      connections_(connections),
      companions_(companions),
      streams_(loop, *this) {
  ack_deadline_.bind<&Container::on_ack_deadline>(loop_, this);
  start_deadline_.bind<&Container::on_start_stuck>(loop_, this);
  unmount_deadline_.bind<&Container::unmounted>(loop_, this);
  forget_retry_.bind<&Container::forget>(loop_, this);
}

bool Container::create(std::string_view body, Failure& why) {
  if (phase() != Phase::spawned) return why.set(GANTRY_CONFLICT, "container is created already");
  request_ = Bytes(body);
  Decoder decoder(request_.view());
  config_ = Create();
  config_.fields(decoder);
  if (!decoder.ok() || config_.id.empty() || config_.runtime.empty()) {
    return why.set(GANTRY_INVALID, "malformed create request");
  }
  runtime_.configure(config_);
  rows_ = config_.tty_rows;
  columns_ = config_.tty_columns;
  if (!log_.open(config_.log_path, config_.log_max_bytes, config_.log_max_files, why)) return false;
  streams_.configure(config_.tty != 0, config_.stdin_once != 0, log_.enabled() ? &log_ : nullptr);
  if (!config_.mount_type.empty()) {
    if (!mount_rootfs(config_, why)) return false;
    mounted_ = true;
  }
  status_.shim_pid = ::getpid();
  status_.shim_start = process_start_ticks(status_.shim_pid);
  status_.phase = static_cast<std::uint32_t>(Phase::created);
  if (!write_status_file(status_)) return why.set_errno(errno, "status file");
  return true;
}

bool Container::spawn_runtime(Failure& why) {
  UniqueFd in, out, err;  // the process' ends
  const char* console = nullptr;
  if (config_.tty != 0) {
    if (!console_.listen(why)) return false;
    console = ConsoleSocket::kName;
  } else {
    if (config_.open_stdin != 0 && !make_pipe(in, in_)) return why.set_errno(errno, "pipe");
    if (!make_pipe(out_, out) || !make_pipe(err_, err)) return why.set_errno(errno, "pipe");
    for (const UniqueFd* ours : {&in_, &out_, &err_}) {
      if (*ours) set_nonblocking(ours->get());
    }
  }
  child_pid_ = runtime_.run(in.get(), out.get(), err.get(), console, why);
  return child_pid_ > 0;
}

void Container::start(Connection& connection) {
  Failure why;
  if (phase() != Phase::created || child_ != Child::none || terminating_ || ending_) {
    why.set(GANTRY_CONFLICT, "container is not in state created");
    return connection.reply(why);
  }
  if (!spawn_runtime(why)) {
    in_.reset(), out_.reset(), err_.reset();
    console_.close();
    return connection.reply(why);
  }
  child_ = Child::run;
  runtime_used_ = true;
  starter_ = connection.serial();
}

void Container::runtime_started() {
  Failure why;
  const pid_t pid = OciRuntime::read_pid_file();
  if (pid <= 0) {
    why.set(GANTRY_INTERNAL, "OCI runtime wrote no pid");
    return start_failed(why);
  }
  if (config_.tty != 0) {
    out_ = console_.take_master();
    if (!out_) {
      ::kill(pid, SIGKILL);
      why.set(GANTRY_INTERNAL, "OCI runtime sent no terminal");
      return start_failed(why);
    }
    set_nonblocking(out_.get());
    in_.reset(::fcntl(out_.get(), F_DUPFD_CLOEXEC, 0));
    set_terminal_size(out_.get(), rows_, columns_);
  }
  cgroups_.remember(pid, config_.cgroup_path);
  status_.pid = pid;
  status_.pid_start = process_start_ticks(pid);
  status_.started_at = utc_ns();
  status_.phase = static_cast<std::uint32_t>(Phase::running);
  write_status_file(status_);
  if (Connection* connection = connections_.find(starter_)) {
    connection->reply_with(Started{pid, status_.started_at});
  }
  starter_ = 0;
  streams_.begin(std::move(in_), std::move(out_), std::move(err_));
  for (const Ended& ended : ended_early_) {
    if (ended.pid == pid) {
      init_ended(ended.wait_status);
      break;
    }
  }
  std::vector<Ended>().swap(ended_early_);
  if (init_ended_) return;
  oom_watch_.begin<&Container::look_for_oom>(loop_, cgroups_, this);
  if (terminating_) kill_everything();
}

void Container::start_failed(const Failure& why) {
  console_.close();
  in_.reset(), out_.reset(), err_.reset();
  std::vector<Ended>().swap(ended_early_);
  reply_to_starter(why);
  if (terminating_ || abandoned_) begin_end(true);
}

void Container::reply_to_starter(const Failure& why) {
  // What the runtime itself says is the better explanation.
  char log[8192];
  const std::size_t size = OciRuntime::read_log(log, sizeof log);
  if (Connection* connection = connections_.find(starter_)) {
    connection->reply(why.code, why.os_errno,
                      size > 0 ? std::string_view(log, size) : why.message.view());
  }
  starter_ = 0;
}

bool Container::attach(UniqueFd client, const Attach& options, Failure& why) {
  if (phase() == Phase::spawned || phase() == Phase::exited || finished_) {
    return why.set(GANTRY_CONFLICT, "container is not running");
  }
  int type = 0;
  socklen_t size = sizeof type;
  if (!client || ::getsockopt(client.get(), SOL_SOCKET, SO_TYPE, &type, &size) != 0 ||
      type != SOCK_STREAM) {
    return why.set(GANTRY_INVALID, "attach needs a stream socket");
  }
  streams_.attach(std::move(client), options);
  return true;
}

bool Container::resize(std::uint32_t rows, std::uint32_t columns, Failure& why) {
  rows_ = rows;
  columns_ = columns;
  if (phase() == Phase::created) return true;  // the size it will start with
  if (!running()) return why.set(GANTRY_CONFLICT, "container is not running");
  if (config_.tty == 0) return true;  // as with Docker
  if (streams_.terminal() >= 0 && !set_terminal_size(streams_.terminal(), rows, columns)) {
    return why.set_errno(errno, "resize");
  }
  return true;
}

bool Container::signal(int number, bool all, Failure& why) {
  if (number < 1 || number > 64) return why.set(GANTRY_INVALID, "no such signal");
  if (!running()) return why.set(GANTRY_CONFLICT, "container is not running");
  if (!all || !cgroups_.signal_all(number)) {
    // The shim is the parent and has not reaped it: the pid can't be someone else's.
    if (::kill(status_.pid, number) != 0) return why.set_errno(errno, "kill");
  }
  if (number == SIGKILL) cgroups_.thaw();  // who is frozen does not die
  return true;
}

State Container::state() const {
  State state;
  state.phase = status_.phase;
  state.shim_pid = ::getpid();
  state.pid = status_.pid;
  state.exit_code = status_.exit_code;
  state.oom_killed = status_.oom_killed != 0;
  state.started_at = status_.started_at;
  state.finished_at = status_.finished_at;
  state.log_lost_bytes = log_.lost_bytes();
  state.log_errno = log_.failing_errno();
  state.clients = static_cast<std::uint32_t>(streams_.clients());
  return state;
}

}  // namespace gantry::shim
