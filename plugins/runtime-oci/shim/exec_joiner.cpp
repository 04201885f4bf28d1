#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "../protocol/unique_fd.hpp"
#include "exec_child.hpp"

namespace gantry::shim {
namespace {

struct Namespace {
  const char* name;
  int flag;
};
// The user namespace last: the others may belong to its parent, and joining them takes rights
// there.
constexpr Namespace kNamespaces[] = {{"ipc", CLONE_NEWIPC}, {"uts", CLONE_NEWUTS},
                                     {"net", CLONE_NEWNET}, {"cgroup", CLONE_NEWCGROUP},
                                     {"pid", CLONE_NEWPID}, {"time", 0x80 /* CLONE_NEWTIME */},
                                     {"mnt", CLONE_NEWNS},  {"user", CLONE_NEWUSER}};
constexpr std::size_t kCount = sizeof kNamespaces / sizeof kNamespaces[0];

// Opens those in which the container differs from us.
void open_namespaces(const ExecPlan& plan, UniqueFd (&fds)[kCount]) {
  for (std::size_t i = 0; i < kCount; ++i) {
    const Text<64> path("/proc/", plan.init, "/ns/", std::string_view(kNamespaces[i].name));
    const Text<64> our_path("/proc/self/ns/", std::string_view(kNamespaces[i].name));
    struct stat theirs {
    }, ours{};
    if (::stat(our_path.c_str(), &ours) != 0) continue;  // a kernel without this kind
    fds[i].reset(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!fds[i] || ::fstat(fds[i].get(), &theirs) != 0) {
      fail_exec(plan, Text<128>("namespace ", std::string_view(kNamespaces[i].name)).view(), errno);
    }
    if (theirs.st_ino == ours.st_ino && theirs.st_dev == ours.st_dev) fds[i].reset();
  }
}

}  // namespace

void send_report(const ExecPlan& plan, const ExecReport& report, int fd) {
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof fd)] = {};
  iovec part{const_cast<ExecReport*>(&report), sizeof report};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  if (fd >= 0) {
    message.msg_control = control;
    message.msg_controllen = sizeof control;
    cmsghdr* head = CMSG_FIRSTHDR(&message);
    head->cmsg_level = SOL_SOCKET;
    head->cmsg_type = SCM_RIGHTS;
    head->cmsg_len = CMSG_LEN(sizeof fd);
    std::memcpy(CMSG_DATA(head), &fd, sizeof fd);
  }
  while (::sendmsg(plan.reports, &message, MSG_NOSIGNAL) < 0 && errno == EINTR) {
  }
}

void fail_exec(const ExecPlan& plan, std::string_view what, int os_errno, int code) {
  ExecReport report;
  report.kind = ExecReport::failed;
  report.code = code;
  report.os_errno = os_errno;
  Text<1024> text("exec failed: unable to start container process: ", what);
  if (os_errno != 0) {
    text.add(": ");
    add_errno_text(text, os_errno);
  }
  const std::size_t size = std::min(text.view().size(), sizeof report.message - 1);
  std::memcpy(report.message, text.c_str(), size);
  send_report(plan, report, -1);
  ::_exit(code == GANTRY_PERMISSION ? 126 : 127);
}

void run_exec_joiner(ExecPlan& plan) {
  UniqueFd namespaces[kCount];
  open_namespaces(plan, namespaces);
  UniqueFd host_proc;
  if (!plan.spec->apparmor_profile.empty() || !plan.spec->selinux_label.empty()) {
    host_proc.reset(::open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC));
  }
  const Text<32> score(std::string_view(), plan.oom_score_adj);
  // Lowering it may be refused to a daemon with few rights, as it is to the OCI runtime.
  if (!write_small_file("/proc/self/oom_score_adj", score.view()) && errno != EACCES) {
    fail_exec(plan, "oom_score_adj", errno);
  }
  std::size_t failed = 0;
  if (!join_cgroups(*plan.cgroups, failed)) {
    fail_exec(plan, Text<512>("join ", (*plan.cgroups)[failed].path.view()).view(), errno);
  }
  for (std::size_t i = 0; i < kCount; ++i) {
    if (namespaces[i] && ::setns(namespaces[i].get(), kNamespaces[i].flag) != 0) {
      fail_exec(plan, Text<128>("join namespace ", std::string_view(kNamespaces[i].name)).view(),
                errno);
    }
    namespaces[i].reset();
  }
  const long pid = ::syscall(SYS_clone, CLONE_PARENT | SIGCHLD, nullptr, nullptr, nullptr, nullptr);
  if (pid < 0) fail_exec(plan, "fork", errno, GANTRY_EXHAUSTED);
  if (pid == 0) run_exec_process(plan, host_proc.release());
  ExecReport report;
  report.kind = ExecReport::process;
  report.pid = static_cast<std::int32_t>(pid);
  send_report(plan, report, -1);
  ::_exit(0);
}

}  // namespace gantry::shim
