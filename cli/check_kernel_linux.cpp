#include <linux/magic.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netlink.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <sstream>

#include "cli/checks.hpp"
#include "core/base/error.hpp"
#include "core/base/file.hpp"
#include "core/base/random.hpp"
#include "core/base/scope_guard.hpp"
#include "core/base/text.hpp"

namespace gantry::cli {

namespace {

bool exists(const std::string& path) { return ::access(path.c_str(), F_OK) == 0; }

std::string why(int err) { return std::generic_category().message(err); }

void check_version(Findings& findings) {
  utsname name{};
  ::uname(&name);
  int major = 0, minor = 0;
  std::sscanf(name.release, "%d.%d", &major, &minor);
  const std::string what = std::string("Linux ") + name.release + " " + name.machine;
  // pidfd_open (5.3) is how the engine waits for processes without polling.
  if (major > 5 || (major == 5 && minor >= 3))
    findings.ok(what);
  else
    findings.fail(what + " is older than 5.3", "update the kernel");
}

/// An overlay where the engine keeps its layers: the filesystem below counts as much as the kernel.
void check_overlay(const config::Config& config, Findings& findings) {
  const auto directory = nearest_directory(config.daemon.root);
  if (::geteuid() != 0) {
    const auto known = file::find("/proc/filesystems").value_or("");
    if (known.find("\toverlay\n") != std::string::npos)
      findings.ok("overlayfs is known to the kernel");
    else
      findings.warn("overlayfs is not loaded", "modprobe overlay");
    return;
  }
  const auto scratch = directory / (".gantry-doctor-" + random_hex(6));
  try {
    file::make_directories(scratch);
    const ScopeGuard clean([&] {
      ::umount2((scratch / "merged").c_str(), MNT_DETACH);
      file::remove_tree(scratch);
    });
    for (const char* name : {"lower", "upper", "work", "merged"})
      file::make_directories(scratch / name);
    const std::string data = "lowerdir=" + (scratch / "lower").string() +
                             ",upperdir=" + (scratch / "upper").string() +
                             ",workdir=" + (scratch / "work").string();
    if (::mount("overlay", (scratch / "merged").c_str(), "overlay", 0, data.c_str()) == 0)
      findings.ok("overlayfs works in " + directory.string());
    else if (errno == ENODEV)
      findings.fail("the kernel has no overlayfs", "modprobe overlay");
    else
      findings.fail("overlayfs does not work in " + directory.string() + ": " + why(errno),
                    "move [daemon] root to ext4, xfs or btrfs");
  } catch (const Error& e) {
    findings.fail(e.what(), "check [daemon] root");
  }
}

void check_controllers(const std::vector<std::string>& present, Findings& findings) {
  const std::pair<const char*, const char*> wanted[] = {
      {"cpu", "--cpus and --cpu-shares"}, {"memory", "--memory"}, {"pids", "--pids-limit"}};
  std::string good;
  for (const auto& [name, options] : wanted) {
    if (std::find(present.begin(), present.end(), name) != present.end())
      good += std::string(good.empty() ? "" : ", ") + name;
    else
      findings.warn(std::string("no cgroup controller \"") + name + "\": " + options +
                        " cannot limit anything",
                    std::string(name) == "memory"
                        ? "boot with cgroup_enable=memory"
                        : "use a kernel that has it, or delegate it to this cgroup");
  }
  if (!good.empty()) findings.ok("cgroup controllers: " + good);
}

void check_cgroups(Findings& findings) {
  struct statfs fs {};
  if (::statfs("/sys/fs/cgroup", &fs) != 0) {
    findings.fail("no cgroups are mounted", "mount -t cgroup2 none /sys/fs/cgroup");
    return;
  }
  std::vector<std::string> controllers;
  if (fs.f_type == CGROUP2_SUPER_MAGIC) {
    findings.ok("cgroup version 2");
    std::istringstream words(file::find("/sys/fs/cgroup/cgroup.controllers").value_or(""));
    for (std::string word; words >> word;) controllers.push_back(word);
  } else {
    findings.ok(exists("/sys/fs/cgroup/unified")
                    ? "cgroup version 1, hybrid (crun needs version 2; runc works)"
                    : "cgroup version 1");
    for (const char* name : {"cpu", "memory", "pids"})
      if (exists(std::string("/sys/fs/cgroup/") + name)) controllers.emplace_back(name);
  }
  check_controllers(controllers, findings);
}

void check_namespaces(Findings& findings) {
  std::string missing;
  for (const char* name : {"mnt", "pid", "net", "ipc", "uts", "cgroup"})
    if (!exists(std::string("/proc/self/ns/") + name)) missing += std::string(" ") + name;
  if (missing.empty())
    findings.ok("namespaces: mnt, pid, net, ipc, uts, cgroup");
  else
    findings.fail("the kernel lacks namespaces:" + missing, "use a kernel that has them");
}

/// Asks nf_tables for its generation: the cheapest question that only it answers.
int ask_nf_tables() {
  struct {
    nlmsghdr header;
    nfgenmsg message;
  } request{};
  request.header.nlmsg_len = sizeof request;
  request.header.nlmsg_type = (NFNL_SUBSYS_NFTABLES << 8) | NFT_MSG_GETGEN;
  request.header.nlmsg_flags = NLM_F_REQUEST;
  const UniqueFd fd(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_NETFILTER));
  if (!fd) return errno;
  const timeval limit{3, 0};
  ::setsockopt(fd.get(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  if (::send(fd.get(), &request, sizeof request, 0) < 0) return errno;
  alignas(nlmsghdr) char buffer[4096];
  const ssize_t n = ::recv(fd.get(), buffer, sizeof buffer, 0);
  if (n < static_cast<ssize_t>(sizeof(nlmsghdr))) return n < 0 ? errno : EPROTO;
  nlmsghdr header;
  std::memcpy(&header, buffer, sizeof header);
  if (header.nlmsg_type != NLMSG_ERROR) return 0;
  nlmsgerr error;
  std::memcpy(&error, buffer + NLMSG_HDRLEN, sizeof error);
  return -error.error;
}

void check_packet_filter(Findings& findings) {
  const int err = ask_nf_tables();
  if (err == 0)
    findings.ok("nf_tables answers");
  else if (err == EPERM || err == EACCES)
    findings.warn("nf_tables: not permitted to this user", "sudo gantry doctor");
  else
    findings.fail("nf_tables does not answer: " + why(err) + "; no NAT, no published ports",
                  "modprobe nf_tables; or run containers with --network host");
  if (const auto forward = file::find("/proc/sys/net/ipv4/ip_forward"))
    if (text::trim(*forward) != "1")
      findings.warn("IPv4 forwarding is off: containers reach this host only",
                    "sysctl -w net.ipv4.ip_forward=1 (the engine does so when it makes a network)");
}

void check_seccomp(Findings& findings) {
  if (exists("/proc/sys/kernel/seccomp/actions_avail"))
    findings.ok("seccomp filters");
  else
    findings.warn("the kernel has no seccomp filters: the default profile is not applied",
                  "use a kernel with CONFIG_SECCOMP_FILTER");
}

}  // namespace

void check_kernel(const config::Config& config, Findings& findings) {
  findings.topic("kernel");
  check_version(findings);
  check_overlay(config, findings);
  check_cgroups(findings);
  check_namespaces(findings);
  check_seccomp(findings);
  check_packet_filter(findings);
}

}  // namespace gantry::cli
