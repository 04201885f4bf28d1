#include <fcntl.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cerrno>

#include "exec_child.hpp"
#include "terminal.hpp"

namespace gantry::shim {

// A terminal of the container's own devpts, so that its programs find it by name; the master goes
// to the shim. /dev is the container's: what is opened there is only believed after the ioctls of a
// terminal worked on it, and the slave is opened through the master, not by a path.
void take_terminal(const ExecPlan& plan) {
  UniqueFd master(::open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK));
  if (!master) fail_exec(plan, "open /dev/ptmx", errno);
  int locked = 0;
  if (::ioctl(master.get(), TIOCSPTLCK, &locked) != 0) fail_exec(plan, "/dev/ptmx", errno);
  UniqueFd slave(::ioctl(master.get(), TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC));
  if (!slave) fail_exec(plan, "open terminal", errno);
  set_terminal_size(master.get(), plan.spec->tty_rows, plan.spec->tty_columns);
  for (int i = 0; i < 3; ++i) {
    if (::dup2(slave.get(), i) < 0) fail_exec(plan, "stdio", errno);
  }
  if (::ioctl(0, TIOCSCTTY, 0) != 0) fail_exec(plan, "controlling terminal", errno);
  if (::fchown(0, plan.spec->uid, static_cast<gid_t>(-1)) != 0 && errno != EPERM) {
    fail_exec(plan, "chown terminal", errno);
  }
  ExecReport report;
  report.kind = ExecReport::terminal;
  send_report(plan, report, master.get());
}

}  // namespace gantry::shim
