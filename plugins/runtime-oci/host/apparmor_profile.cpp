// The default profile's rules: a container may do to itself what its capabilities allow, and
// changes nothing of the host through /proc and /sys.
#include <string_view>

#include "host/apparmor.hpp"

namespace gantry::oci {
namespace {

// All below `directory` but what begins with `spared`: AppArmor has no exceptions to a denial, so
// there is one rule for each character that a name can differ in.
void deny_but(std::string& rules, const std::string& directory, std::string_view spared,
              const char* permissions) {
  std::string same = directory;
  for (const char c : spared) {
    rules += "  deny " + same + "[^" + c + "]** " + permissions + ",\n";
    same += c;
  }
}

}  // namespace

std::string apparmor_profile(const std::string& name) {
  std::string rules;
  // Files right in /proc, and what is below it but for processes and /proc/sys.
  rules += "  deny /proc/* w,\n";
  rules += "  deny /proc/[^0-9s]*/** w,\n";
  rules += "  deny /proc/s[^y]*/** w,\n";
  rules += "  deny /proc/sy[^s]*/** w,\n";
  rules += "  deny /proc/sys[^/]*/** w,\n";
  // Limits of shared memory belong to the container's IPC namespace.
  deny_but(rules, "/proc/sys/", "kernel/shm", "w");
  rules += "  deny /proc/{sysrq-trigger,kcore} rwklx,\n";
  deny_but(rules, "/sys/", "fs/cgroup/", "wklx");
  for (const char* hidden : {"firmware/", "kernel/security/", "devices/virtual/powercap/"})
    rules += "  deny /sys/" + std::string(hidden) + "** rwklx,\n";
  return "profile " + name +
         " flags=(attach_disconnected,mediate_deleted) {\n"
         "  network,\n"
         "  capability,\n"
         "  file,\n"
         "  umount,\n"
         "  deny mount,\n"
         "  signal (receive) peer=unconfined,\n"
         "  signal (receive) peer={runc,crun},\n"
         "  signal (send, receive) peer=" +
         name +
         ",\n"
         "  ptrace peer=" +
         name + ",\n" + rules + "}\n";
}

}  // namespace gantry::oci
