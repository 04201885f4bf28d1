#include <fcntl.h>
#include <linux/keyctl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>

#include "../protocol/unique_fd.hpp"
#include "descriptors.hpp"
#include "exec_child.hpp"

namespace gantry::shim {
namespace {

constexpr int kReports = 3, kHostProc = 4;

void set_label(const ExecPlan& plan, const char* attribute, std::string_view label) {
  const UniqueFd fd(::openat(kHostProc, attribute, O_WRONLY | O_CLOEXEC));
  if (!fd || ::write(fd.get(), label.data(), label.size()) != static_cast<ssize_t>(label.size())) {
    fail_exec(plan, "apply security label", errno);
  }
}

// Through the host's /proc: the container's may be anything its root user mounted there.
void set_labels(const ExecPlan& plan) {
  if (!plan.spec->apparmor_profile.empty()) {
    const Text<512> request("exec ", plan.spec->apparmor_profile);
    struct stat info {};
    const bool stacked = ::fstatat(kHostProc, "self/attr/apparmor", &info, 0) == 0;
    set_label(plan, stacked ? "self/attr/apparmor/exec" : "self/attr/exec", request.view());
  }
  if (!plan.spec->selinux_label.empty()) {
    set_label(plan, "self/attr/exec", plan.spec->selinux_label);
  }
}

// Leaves 0 to 2, the reports as 3 and the host's /proc (or nothing) as 4.
void keep_descriptors(ExecPlan& plan, int host_proc) {
  const int stdio[3] = {plan.stdio[0], plan.stdio[1], plan.stdio[2]};
  if (plan.spec->tty == 0) {
    for (int i = 0; i < 3; ++i) {
      if (stdio[i] != i && ::dup2(stdio[i], i) < 0) fail_exec(plan, "stdio", errno);
    }
  }
  // First away from the numbers they are to get.
  const int reports = ::fcntl(plan.reports, F_DUPFD_CLOEXEC, 64);
  const int proc = host_proc >= 0 ? ::fcntl(host_proc, F_DUPFD_CLOEXEC, 64) : -1;
  if (reports < 0 || ::dup3(reports, kReports, O_CLOEXEC) < 0) ::_exit(127);
  plan.reports = kReports;
  if (proc >= 0 && ::dup3(proc, kHostProc, O_CLOEXEC) < 0) fail_exec(plan, "dup", errno);
  close_from(proc >= 0 ? kHostProc + 1 : kReports + 1);
}

// The container's session keyring, as the OCI runtime named it: never the daemon's.
void join_keyring(const ExecPlan& plan) {
  const Text<128> name("_ses.", plan.container_id);
  if (::syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, name.c_str()) >= 0) return;
  if (::syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, nullptr) >= 0) return;
  if (errno != ENOSYS && errno != EPERM) fail_exec(plan, "session keyring", errno);
}

void set_rlimits(const ExecPlan& plan) {
  const std::string_view packed = plan.spec->rlimits;
  for (std::size_t at = 0; at + sizeof(Rlimit) <= packed.size(); at += sizeof(Rlimit)) {
    Rlimit wanted;
    std::memcpy(&wanted, packed.data() + at, sizeof wanted);
    const rlimit limit{wanted.soft, wanted.hard};
    if (::setrlimit(static_cast<__rlimit_resource>(wanted.resource), &limit) != 0) {
      fail_exec(plan, Text<64>("rlimit ", wanted.resource).view(), errno);
    }
  }
}

}  // namespace

void run_exec_process(ExecPlan& plan, int host_proc) {
  keep_descriptors(plan, host_proc);
  if (host_proc >= 0) {
    set_labels(plan);
    ::close(kHostProc);
  }
  // From here on no directory of the host is open, and the current one is the container's root.
  if (::chdir("/") != 0) fail_exec(plan, "chdir /", errno);
  if (::setsid() < 0) fail_exec(plan, "setsid", errno);
  join_keyring(plan);
  if (plan.spec->tty != 0) take_terminal(plan);
  for (int i = 0; i < 3; ++i) {
    // So that the user can open /dev/stdout again; /dev/null belongs to everybody.
    struct stat info {};
    if (::fstat(i, &info) == 0 && !S_ISCHR(info.st_mode)) {
      [[maybe_unused]] const int chowned = ::fchown(i, plan.spec->uid, info.st_gid);
    }
  }
  ::umask(plan.spec->has_umask != 0 ? static_cast<mode_t>(plan.spec->umask & 0777) : 022);
  if (!plan.has_home) add_home(plan);
  set_rlimits(plan);
  take_identity(plan);

  for (int number = 1; number < NSIG; ++number) ::signal(number, SIG_DFL);
  sigset_t none;
  sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  execute(plan);
}

}  // namespace gantry::shim
