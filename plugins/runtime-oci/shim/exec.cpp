#include "exec.hpp"

#include <gantry/runtime.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>

#include "clock.hpp"
#include "terminal.hpp"

namespace gantry::shim {
namespace {

constexpr std::string_view kDefaultPath =
    "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

constexpr std::int64_t kTakenMs = 2000;

int oom_score_of(pid_t pid) {
  const Text<64> path("/proc/", pid, "/oom_score_adj");
  char digits[32];
  read_small_file(path.c_str(), digits, sizeof digits);
  return static_cast<int>(std::strtol(digits, nullptr, 10));
}

void fill_plan(const ExecStart& spec, ExecPlan& plan) {
  plan.spec = &spec;
  plan.search_path = kDefaultPath;
  spec.args.each([&](const char* arg) { plan.argv.push_back(arg); });
  plan.argv.push_back(nullptr);
  spec.env.each([&](const char* entry) {
    const std::string_view text(entry);
    if (text.starts_with("PATH=")) plan.search_path = std::string_view(entry + 5);
    if (text.starts_with("HOME=") && text.size() > 5) plan.has_home = true;
    plan.envp.push_back(entry);
  });
  plan.envp.insert(plan.envp.end(), 2, nullptr);
}

}  // namespace

Exec::Exec(Loop& loop, Events& events, Connections& connections, Container& container)
    : loop_(loop),
      events_(events),
      connections_(connections),
      container_(container),
      streams_(loop, *this) {
  taken_deadline_.bind<&Exec::tell_end>(loop_, this);
  ack_deadline_.bind<&Exec::on_ack_deadline>(loop_, this);
  alone_deadline_.bind<&Exec::kill>(loop_, this);
}

Exec::~Exec() { events_.forget(this); }

void Exec::start(Connection& connection, const ExecStart& spec, UniqueFd client) {
  Failure why;
  id_ = Text<72>(spec.exec_id);
  starter_ = connection.serial();
  UniqueFd theirs[3];
  if (!prepare_stdio(spec, theirs, why) || !fork_joiner(spec, theirs, why)) {
    finished_ = true;
    return connection.reply(why);
  }
  starting_ = true;
  note_ = Bytes(spec.note);
  // The client waits until the process runs: a failed start is told by the daemon, on that
  // connection.
  client_ = std::move(client);
  client_options_ = spec.stream;
  client_options_.log_offset = UINT64_MAX;
  read_ahead_ = Bytes(spec.stream.read_ahead);
  detach_keys_ = Bytes(spec.stream.detach_keys);
  if (client_) seconds_alone_ = spec.end_with_client;
  client_options_.read_ahead = read_ahead_.view();
  client_options_.detach_keys = detach_keys_.view();
  streams_.configure(spec.tty != 0, true, nullptr);
  if (seconds_alone_ != 0) streams_.outlast_end();
}

bool Exec::prepare_stdio(const ExecStart& spec, UniqueFd (&theirs)[3], Failure& why) {
  if (spec.tty != 0) return true;
  if (spec.open_stdin != 0 && !make_pipe(theirs[0], in_)) return why.set_errno(errno, "pipe");
  if (spec.has_stream != 0 && (!make_pipe(out_, theirs[1]) || !make_pipe(err_, theirs[2]))) {
    return why.set_errno(errno, "pipe");
  }
  for (const UniqueFd* ours : {&in_, &out_, &err_}) {
    if (*ours) set_nonblocking(ours->get());
  }
  return true;
}

bool Exec::fork_joiner(const ExecStart& spec, const UniqueFd (&theirs)[3], Failure& why) {
  int pair[2];
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0) {
    return why.set_errno(errno, "socketpair");
  }
  reports_.reset(pair[0]);
  const UniqueFd childs_reports(pair[1]);
  ExecPlan plan;
  fill_plan(spec, plan);
  plan.init = container_.pid();
  plan.container_id = container_.id();
  // Under cgroup v2 a container's init system may have moved its processes down: a group that hands
  // out controllers takes no processes of its own. So where the first process is now.
  Cgroups current;
  const auto& known = container_.cgroups().directories();
  const bool moves = known.size() == 1 && known[0].unified;
  if (moves) current.remember(container_.pid(), {});
  plan.cgroups = moves ? &current.directories() : &known;
  plan.oom_score_adj =
      spec.has_oom_score_adj != 0 ? spec.oom_score_adj : oom_score_of(container_.pid());
  plan.reports = childs_reports.get();
  for (int i = 0; i < 3; ++i) plan.stdio[i] = theirs[i] ? theirs[i].get() : i;
  joiner_ = ::fork();
  if (joiner_ == 0) run_exec_joiner(plan);
  if (joiner_ < 0) return why.set_errno(errno, "fork", GANTRY_EXHAUSTED);
  reports_watch_.bind<&Exec::on_report>(loop_, reports_.get(), this);
  reports_watch_.want(EPOLLIN);
  return true;
}

void Exec::on_report(std::uint32_t) {
  while (reports_ && take_report()) {
  }
}

// One message of the children. False: none now.
bool Exec::take_report() {
  ExecReport report;
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))];
  iovec part{&report, sizeof report};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control;
  message.msg_controllen = sizeof control;
  const ssize_t n = ::recvmsg(reports_.get(), &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
  if (n < 0 && errno == EINTR) return true;
  if (n < 0 && errno == EAGAIN) return false;
  if (n != sizeof report) {
    reports_ended();
    return false;
  }
  if (const cmsghdr* head = CMSG_FIRSTHDR(&message);
      head != nullptr && head->cmsg_type == SCM_RIGHTS) {
    int fd = -1;
    std::memcpy(&fd, CMSG_DATA(head), sizeof fd);
    out_.reset(fd);
  }
  if (report.kind == ExecReport::process) {
    learn_pid(report.pid);
  } else if (report.kind == ExecReport::failed) {
    report.message[sizeof report.message - 1] = '\0';
    failure_.code = report.code;
    failure_.os_errno = report.os_errno;
    failure_.message = Text<1024>(std::string_view(report.message));
    failed_ = true;
  }
  return true;
}

void Exec::learn_pid(pid_t pid) {
  pid_ = pid;
  for (const Ended& ended : std::exchange(ended_early_, {})) {
    if (ended.pid == pid) child_ended(ended.pid, ended.wait_status);
  }
}

// All ends of the pair are closed: the program runs, or its start has failed.
void Exec::reports_ended() {
  reports_watch_.stop();
  reports_.reset();
  starting_ = false;
  if (!failed_ && (pid_ <= 0 || (streams_.tty() && !out_))) {
    failure_.set(GANTRY_INTERNAL, "exec failed: the process was killed before it could start");
    failed_ = true;
  }
  if (failed_) return start_failed(failure_);
  started_ = true;
  if (Connection* connection = connections_.find(starter_)) {
    connection->reply_with(ExecStarted{pid_});
  }
  if (streams_.tty()) in_.reset(::fcntl(out_.get(), F_DUPFD_CLOEXEC, 0));
  if (client_) streams_.attach(std::move(client_), client_options_);
  read_ahead_.release(), detach_keys_.release();
  streams_.begin(std::move(in_), std::move(out_), std::move(err_));
  if (ended_) process_ended();
}

void Exec::start_failed(const Failure& why) {
  if (Connection* connection = connections_.find(starter_)) connection->reply(why);
  in_.reset(), out_.reset(), err_.reset(), client_.reset();
  if (pid_ > 0 && !ended_) ::kill(pid_, SIGKILL);
  finished_ = true;
}

void Exec::child_ended(pid_t pid, int wait_status) {
  if (pid == joiner_) {
    joiner_ = 0;
    return;
  }
  // A short-lived process may be reaped before the joiner's report of its pid is here.
  if (pid_ == 0 && starting_) ended_early_.push_back({pid, wait_status});
  if (pid != pid_ || ended_) return;
  ended_ = true;
  alone_deadline_.cancel();
  wait_status_ = wait_status;
  ended_at_ = utc_ns();
  if (started_) process_ended();
}

void Exec::process_ended() {
  // Known before the exit: a daemon asks why.
  if (WIFSIGNALED(wait_status_) && WTERMSIG(wait_status_) == SIGKILL) container_.look_for_oom();
  // Of who is killed nobody waits for the last words of its children.
  streams_.drain(killed_);
}

// Who hears of the end has the output, but for a client that does not read.
void Exec::on_output_end() {
  untold_ = true;
  if (!container_.running() || !streams_.unsent()) return tell_end();
  taken_deadline_.arm(kTakenMs);
}

void Exec::hurry() {
  if (untold_) tell_end();
}

void Exec::tell_end() {
  untold_ = false;
  taken_deadline_.cancel();
  ack_deadline_.arm(kAckDeadlineMs);
  events_.announce({.kind = EventKind::exec_exit,
                    .exec_id = id_.view(),
                    .exit_code = state().exit_code,
                    .time = ended_at_},
                   this);
}

void Exec::on_event_settled() {
  ack_deadline_.cancel();
  streams_.finish_clients();
  finished_ = true;
}

void Exec::on_ack_deadline() {
  events_.forget(this);
  on_event_settled();
}

void Exec::on_detach() {
  events_.announce({.kind = EventKind::detach, .exec_id = id_.view(), .time = utc_ns()});
}

bool Exec::resize(std::uint32_t rows, std::uint32_t columns, Failure& why) {
  const bool tty = streams_.tty();
  if (!started_ || ended_ || (tty && streams_.terminal() < 0)) {
    return why.set(GANTRY_CONFLICT, "exec process is not running");
  }
  if (!tty) return true;  // as with Docker
  if (!set_terminal_size(streams_.terminal(), rows, columns)) {
    return why.set_errno(errno, "resize");
  }
  return true;
}

bool Exec::signal(int number, Failure& why) {
  if (number < 1 || number > 64) return why.set(GANTRY_INVALID, "no such signal");
  if (!started_ || ended_) return why.set(GANTRY_CONFLICT, "exec process is not running");
  if (::kill(pid_, number) != 0) return why.set_errno(errno, "kill");
  killed_ = killed_ || (number == SIGKILL && seconds_alone_ != 0);
  return true;
}

void Exec::look_at_clients() {
  if (untold_ && !streams_.unsent()) return tell_end();
  if (seconds_alone_ == 0 || !started_ || ended_ || streams_.clients() > 0) return;
  if (!alone_deadline_.armed()) alone_deadline_.arm(seconds_alone_ * std::int64_t{1000});
}

void Exec::kill() {
  if (ended_) return;
  killed_ = true;
  ::kill(pid_, SIGKILL);
}

ExecState Exec::state() const {
  const int code =
      WIFSIGNALED(wait_status_) ? 128 + WTERMSIG(wait_status_) : WEXITSTATUS(wait_status_);
  return {pid_, ended_ ? code : 0, started_ && !ended_, 0};
}

}  // namespace gantry::shim
