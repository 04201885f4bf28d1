// gantry-init [--] PROGRAM [ARGUMENTS]: the first process of a container (docker run --init). It
// runs the program as its child, passes every signal on to it, reaps whatever else ends in the
// container, and ends as the program ends.
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace {

// Faults are ours when they happen here: they end us as they end anybody.
constexpr int kFaults[] = {SIGFPE, SIGILL, SIGSEGV, SIGBUS, SIGABRT, SIGTRAP, SIGSYS};

sigset_t taken_signals() {
  sigset_t set;
  ::sigfillset(&set);
  for (const int number : kFaults) ::sigdelset(&set, number);
  return set;
}

// Ctrl-C and the like belong to the program's group while it has the terminal.
void take_terminal() {
  ::setpgid(0, 0);
  ::signal(SIGTTOU, SIG_IGN);
  if (::tcsetpgrp(STDIN_FILENO, ::getpgrp()) != 0) {
    // There is no terminal, or it is not ours.
  }
  ::signal(SIGTTOU, SIG_DFL);
}

[[noreturn]] void run(char** argv, const sigset_t& before) {
  take_terminal();
  ::sigprocmask(SIG_SETMASK, &before, nullptr);
  ::execvp(argv[0], argv);
  const int error = errno;
  ::fprintf(stderr, "[FATAL gantry-init] exec %s failed: %s\n", argv[0], ::strerror(error));
  ::_exit(error == ENOENT ? 127 : 126);
}

// All that have ended; true: `program` is among them, and `code` is how.
bool reap(pid_t program, int& code) {
  bool ended = false;
  for (;;) {
    int status = 0;
    const pid_t pid = ::waitpid(-1, &status, WNOHANG);
    if (pid < 0 && errno == EINTR) continue;
    if (pid <= 0) return ended;
    if (pid != program) continue;
    ended = true;
    code = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
  }
}

}  // namespace

int main(int argc, char** argv) {
  char** program = argv + 1;
  if (argc > 1 && ::strcmp(argv[1], "--") == 0) ++program;
  if (*program == nullptr) {
    ::fprintf(stderr, "usage: gantry-init [--] PROGRAM [ARGUMENTS]\n");
    return 1;
  }
  // In a shared process namespace orphans come to us only when we ask for them.
  if (::getpid() != 1) ::prctl(PR_SET_CHILD_SUBREAPER, 1);
  const sigset_t taken = taken_signals();
  sigset_t before;
  ::sigprocmask(SIG_SETMASK, &taken, &before);
  const pid_t child = ::fork();
  if (child < 0) {
    ::fprintf(stderr, "[FATAL gantry-init] fork failed: %s\n", ::strerror(errno));
    return 1;
  }
  if (child == 0) run(program, before);
  int code = 0;
  for (;;) {
    siginfo_t info;
    const int number = ::sigwaitinfo(&taken, &info);
    if (number < 0) continue;  // interrupted
    if (number == SIGCHLD) {
      if (reap(child, code)) return code;
    } else {
      ::kill(child, number);
    }
  }
}
