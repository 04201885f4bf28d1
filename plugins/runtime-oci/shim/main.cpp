// gantry-shim <container id>: the supervisor of one container. Started by the runtime-oci plugin
// (../protocol/spawn.hpp) with the descriptors of ../protocol/wire.hpp and the bundle as working
// directory.
#include <fcntl.h>
#include <malloc.h>
#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "../protocol/wire.hpp"
#include "shim.hpp"

namespace {

using gantry::shim::kControlFd;
using gantry::shim::kExeFd;
using gantry::shim::kNetnsFd;
using gantry::shim::kRuntimeFd;

// Every number below is taken from now on, and nothing but 0 to 2 goes to children.
void arrange_descriptors() {
  ::close(kExeFd);
  for (const int fd : {kControlFd, kNetnsFd, kRuntimeFd}) {
    if (::fcntl(fd, F_GETFD) < 0) ::dup2(0, fd);
    ::fcntl(fd, F_SETFD, FD_CLOEXEC);
  }
  ::fcntl(kControlFd, F_SETFL, ::fcntl(kControlFd, F_GETFL) | O_NONBLOCK);
}

// A service manager that stops the daemon's group, or a terminal, must not end the supervisor.
void ignore_signals() {
  for (const int number : {SIGPIPE, SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2}) {
    ::signal(number, SIG_IGN);
  }
}

}  // namespace

int main(int argc, char**) {
  if (argc != 2 || ::fcntl(kControlFd, F_GETFD) < 0) {
    static constexpr char kHint[] = "gantry-shim is started by gantryd\n";
    [[maybe_unused]] const ssize_t n = ::write(2, kHint, sizeof kHint - 1);
    return 1;
  }
  // The caller waits for this process; the supervisor is a child of init.
  const pid_t pid = ::fork();
  if (pid != 0) ::_exit(pid < 0 ? 1 : 0);
  ::prctl(PR_SET_NAME, "gantry-shim");
  ::prctl(PR_SET_CHILD_SUBREAPER, 1);
  // Execs are copies of this process inside the container: nobody there may look into them.
  ::prctl(PR_SET_DUMPABLE, 0);
  ::mallopt(M_MMAP_THRESHOLD, 128 << 10);  // large buffers go back to the system when freed
  ::mallopt(M_TRIM_THRESHOLD, 64 << 10);
  arrange_descriptors();
  ignore_signals();
  static gantry::shim::Shim shim;
  shim.run(gantry::shim::UniqueFd(kControlFd));
  ::_exit(0);
}
