#include "core/base/subprocess.hpp"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <algorithm>
#include <cerrno>
#include <csignal>

#include "core/base/deadline.hpp"
#include "core/base/error.hpp"
#include "core/base/notifier.hpp"
#include "core/base/process_exit.hpp"
#include "core/base/socket.hpp"

extern char** environ;

namespace gantry {
namespace {

constexpr size_t kCaptureLimit = 1u << 20;

struct Pipe {
  UniqueFd ours, theirs;
};

/// A socketpair rather than a pipe: sending to a child that closed its stdin must not raise
/// SIGPIPE.
Pipe make_channel() {
  auto [ours, theirs] = make_socket_pair();
  return {std::move(ours), std::move(theirs)};
}

class FileActions {
 public:
  FileActions() { check(::posix_spawn_file_actions_init(&actions_)); }
  FileActions(const FileActions&) = delete;
  FileActions& operator=(const FileActions&) = delete;
  ~FileActions() { ::posix_spawn_file_actions_destroy(&actions_); }
  void open(int fd, const char* path) {
    check(::posix_spawn_file_actions_addopen(&actions_, fd, path, O_RDONLY, 0));
  }
  void dup2(int from, int to) { check(::posix_spawn_file_actions_adddup2(&actions_, from, to)); }
  /// The last one. Not every library and plugin opens with CLOEXEC.
  void close_above([[maybe_unused]] int last) {
#ifndef POSIX_SPAWN_CLOEXEC_DEFAULT  // where it exists, the attributes have it
    check(::posix_spawn_file_actions_addclosefrom_np(&actions_, last + 1));
#endif
  }
  const posix_spawn_file_actions_t* get() const { return &actions_; }

 private:
  static void check(int err) {
    if (err != 0) throw_errno("posix_spawn_file_actions", err);
  }
  posix_spawn_file_actions_t actions_;
};

/// Fresh signal state (the daemon blocks some and ignores SIGPIPE) and a process group of its own,
/// so that a timeout reaches the child's children too.
class Attributes {
 public:
  Attributes() {
    if (const int err = ::posix_spawnattr_init(&attributes_)) throw_errno("posix_spawnattr", err);
    sigset_t none, all;
    sigemptyset(&none);
    sigfillset(&all);
    ::posix_spawnattr_setsigmask(&attributes_, &none);
    ::posix_spawnattr_setsigdefault(&attributes_, &all);
    ::posix_spawnattr_setpgroup(&attributes_, 0);
    short flags = POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP;
#ifdef POSIX_SPAWN_CLOEXEC_DEFAULT
    flags |= POSIX_SPAWN_CLOEXEC_DEFAULT;
#endif
    ::posix_spawnattr_setflags(&attributes_, flags);
  }
  Attributes(const Attributes&) = delete;
  Attributes& operator=(const Attributes&) = delete;
  ~Attributes() { ::posix_spawnattr_destroy(&attributes_); }
  const posix_spawnattr_t* get() const { return &attributes_; }

 private:
  posix_spawnattr_t attributes_;
};

/// A running child; killed with its group and reaped when not waited for.
class Child {
 public:
  explicit Child(pid_t pid) : pid_(pid) {}
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  ~Child() {
    if (pid_ <= 0) return;
    ::kill(-pid_, SIGKILL);
    reap();
  }
  pid_t pid() const { return pid_; }
  int reap() {
    int status = 0;
    while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
    }
    pid_ = -1;
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
  }

 private:
  pid_t pid_;
};

std::vector<char*> pointers_to(const std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  for (const std::string& text : texts) pointers.push_back(const_cast<char*>(text.c_str()));
  pointers.push_back(nullptr);
  return pointers;
}

pid_t spawn(const std::vector<std::string>& argv, const SubprocessOptions& options,
            const FileActions& actions) {
  const std::vector<char*> arguments = pointers_to(argv);
  std::vector<char*> variables;
  if (options.environment) variables = pointers_to(*options.environment);
  const Attributes attributes;
  pid_t pid = -1;
  const int err =
      ::posix_spawnp(&pid, arguments[0], actions.get(), attributes.get(), arguments.data(),
                     options.environment ? variables.data() : environ);
  if (err == ENOENT) throw Error(Errc::not_found, argv[0] + ": executable file not found", ENOENT);
  if (err != 0) throw_errno("run " + argv[0], err);
  return pid;
}

/// Takes what is there. Closes `fd` at its end. Beyond the limit output is read and dropped, so
/// that the child does not block on it.
void drain(UniqueFd& fd, std::string& into) {
  char buffer[16384];
  while (fd) {
    const ssize_t n = ::recv(fd.get(), buffer, sizeof buffer, MSG_DONTWAIT);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return;
    if (n <= 0) return fd.reset();
    into.append(buffer, std::min(static_cast<size_t>(n), kCaptureLimit - into.size()));
  }
}

void feed(UniqueFd& fd, std::string_view& input) {
  while (!input.empty()) {
    const ssize_t n = ::send(fd.get(), input.data(), input.size(), MSG_DONTWAIT | kNoSigpipe);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return;
    if (n < 0) break;  // the child does not read: not our problem
    input.remove_prefix(static_cast<size_t>(n));
  }
  fd.reset();
}

}  // namespace

SubprocessResult run_subprocess(const std::vector<std::string>& argv,
                                std::chrono::milliseconds limit, const SubprocessOptions& options) {
  if (argv.empty()) throw Error(Errc::invalid, "run: empty command");
  const Deadline deadline = deadline_after(limit);
  Pipe in, out = make_channel(), err = make_channel();
  FileActions actions;
  if (options.input.empty()) {
    actions.open(STDIN_FILENO, "/dev/null");
  } else {
    in = make_channel();
    actions.dup2(in.theirs.get(), STDIN_FILENO);
  }
  actions.dup2(out.theirs.get(), STDOUT_FILENO);
  actions.dup2(err.theirs.get(), STDERR_FILENO);
  actions.close_above(STDERR_FILENO);

  Notifier stopped;
  const std::stop_callback interrupt(options.stop, [&] { stopped.notify(); });
  Child child(spawn(argv, options, actions));
  const UniqueFd ended = open_process_exit(child.pid());
  in.theirs.reset();
  out.theirs.reset();
  err.theirs.reset();

  SubprocessResult result;
  std::string_view left = options.input;
  for (;;) {
    pollfd fds[5] = {{ended.get(), POLLIN, 0},
                     {in.ours.get(), POLLOUT, 0},
                     {out.ours.get(), POLLIN, 0},
                     {err.ours.get(), POLLIN, 0},
                     {stopped.fd(), POLLIN, 0}};
    const int n = ::poll(fds, 5, poll_timeout(deadline));
    if (n < 0 && errno != EINTR) throw_errno("poll");
    if (options.stop.stop_requested()) throw Error(Errc::cancelled, argv[0] + " was stopped");
    if (is_over(deadline)) throw Error(Errc::timeout, argv[0] + " did not end in time");
    if (n <= 0) continue;
    if (fds[1].revents != 0) feed(in.ours, left);
    if (fds[2].revents != 0) drain(out.ours, result.out);
    if (fds[3].revents != 0) drain(err.ours, result.err);
    if (fds[0].revents != 0) break;
  }
  // What it wrote last; not until end of file, which a grandchild may hold open for ever.
  drain(out.ours, result.out);
  drain(err.ours, result.err);
  result.exit_code = child.reap();
  return result;
}

}  // namespace gantry
