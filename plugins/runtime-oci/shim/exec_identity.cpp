#include <grp.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>

#include "exec_child.hpp"

namespace gantry::shim {
namespace {

void install_filter(const ExecPlan& plan) {
  const std::string_view packed = plan.spec->seccomp;
  if (packed.empty()) return;
  // Texts in a message are not aligned; the kernel copies from any address.
  sock_fprog program{};
  program.len = static_cast<unsigned short>(packed.size() / sizeof(sock_filter));
  program.filter = reinterpret_cast<sock_filter*>(const_cast<char*>(packed.data()));
  if (::syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, plan.spec->seccomp_flags, &program) != 0) {
    fail_exec(plan, "seccomp filter", errno);
  }
}

void drop_bounding(const ExecPlan& plan) {
  for (int cap = 0; cap < 64 && ::prctl(PR_CAPBSET_READ, cap) >= 0; ++cap) {
    if ((plan.spec->cap_bounding >> cap & 1) == 0 && ::prctl(PR_CAPBSET_DROP, cap) != 0) {
      fail_exec(plan, "capability bounding set", errno);
    }
  }
}

void set_capabilities(const ExecPlan& plan) {
  const ExecStart& spec = *plan.spec;
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  const auto low = [](std::uint64_t mask) { return static_cast<std::uint32_t>(mask); };
  const auto high = [](std::uint64_t mask) { return static_cast<std::uint32_t>(mask >> 32); };
  __user_cap_data_struct data[2] = {
      {low(spec.cap_effective), low(spec.cap_permitted), low(spec.cap_inheritable)},
      {high(spec.cap_effective), high(spec.cap_permitted), high(spec.cap_inheritable)}};
  if (::syscall(SYS_capset, &header, data) != 0) fail_exec(plan, "capabilities", errno);
  ::prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
  for (int cap = 0; cap < 64; ++cap) {
    if ((spec.cap_ambient >> cap & 1) != 0 &&
        ::prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, cap, 0, 0) != 0) {
      fail_exec(plan, "ambient capabilities", errno);
    }
  }
}

void set_user(const ExecPlan& plan) {
  const ExecStart& spec = *plan.spec;
  std::vector<gid_t> groups(spec.groups.size() / sizeof(gid_t));
  if (!groups.empty())
    std::memcpy(groups.data(), spec.groups.data(), groups.size() * sizeof(gid_t));
  if (::setgroups(groups.size(), groups.data()) != 0) fail_exec(plan, "setgroups", errno);
  if (::setresgid(spec.gid, spec.gid, spec.gid) != 0) fail_exec(plan, "setgid", errno);
  if (::setresuid(spec.uid, spec.uid, spec.uid) != 0) fail_exec(plan, "setuid", errno);
}

// False: not allowed for this user; the one to come may be.
bool enter_directory(const ExecPlan& plan) {
  if (::chdir(plan.spec->cwd.data()) != 0) {
    if (errno == EACCES || errno == EPERM) return false;
    fail_exec(plan,
              Text<512>("chdir to cwd (\"", plan.spec->cwd, "\") set in config.json failed").view(),
              errno, GANTRY_INVALID);
  }
  // A directory outside the container's root ("/proc/self/fd/…" of something left open) has no
  // path.
  char path[4096];
  if (::syscall(SYS_getcwd, path, sizeof path) <= 0 || path[0] != '/') {
    fail_exec(plan, "current working directory is outside of container mount namespace root", 0);
  }
  return true;
}

}  // namespace

// In runc's order: without no_new_privileges the filter needs CAP_SYS_ADMIN, so it comes before the
// capabilities are dropped; with it the filter comes last and covers the least of our own calls.
void take_identity(const ExecPlan& plan) {
  const bool no_new_privileges = plan.spec->no_new_privileges != 0;
  if (no_new_privileges && ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) {
    fail_exec(plan, "no_new_privileges", errno);
  }
  if (!no_new_privileges) install_filter(plan);
  drop_bounding(plan);
  if (::prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) != 0) fail_exec(plan, "keep capabilities", errno);
  const bool entered = enter_directory(plan);
  set_user(plan);
  if (!entered && !enter_directory(plan)) {
    fail_exec(plan,
              Text<512>("chdir to cwd (\"", plan.spec->cwd, "\") set in config.json failed").view(),
              EACCES, GANTRY_PERMISSION);
  }
  ::prctl(PR_SET_KEEPCAPS, 0, 0, 0, 0);
  set_capabilities(plan);
  if (no_new_privileges) install_filter(plan);
}

}  // namespace gantry::shim
