#include "core/services/start/oci_mounts.hpp"

#include <algorithm>

#include "core/domain/security_options.hpp"
#include "core/json/writer.hpp"

namespace gantry::services {
namespace {

std::vector<PlannedMount> default_mounts(const StartPlan& plan, const json::Node& hc) {
  const bool privileged = hc["Privileged"].boolean();
  const bool cgroups_writable =
      privileged || domain::parse_security_options(hc["SecurityOpt"].strings()).writable_cgroups;
  std::vector<PlannedMount> mounts = {
      {"proc", "proc", "/proc", {"nosuid", "noexec", "nodev"}},
      {"tmpfs", "tmpfs", "/dev", {"nosuid", "strictatime", "mode=755", "size=65536k"}},
      {"devpts",
       "devpts",
       "/dev/pts",
       {"nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620", "gid=5"}},
      {"sysfs", "sysfs", "/sys", {"nosuid", "noexec", "nodev", privileged ? "rw" : "ro"}},
      {"cgroup",
       "cgroup",
       "/sys/fs/cgroup",
       {"nosuid", "noexec", "nodev", cgroups_writable ? "rw" : "ro"}},
      {"mqueue", "mqueue", "/dev/mqueue", {"nosuid", "noexec", "nodev"}},
  };
  const std::string ipc = hc["IpcMode"].str();
  if (ipc == "none") return mounts;
  if (!plan.shm_source.empty()) {
    mounts.push_back({"bind", plan.shm_source, "/dev/shm", {"rbind", "rprivate"}});
  } else {
    mounts.push_back({"tmpfs",
                      "shm",
                      "/dev/shm",
                      {"nosuid", "noexec", "nodev", "mode=1777",
                       "size=" + std::to_string(hc["ShmSize"].i64())}});
  }
  return mounts;
}

size_t depth(const std::string& path) {
  return static_cast<size_t>(std::count(path.begin(), path.end(), '/'));
}

}  // namespace

std::string oci_mounts(const StartPlan& plan, const json::Node& hc) {
  std::vector<PlannedMount> mounts = default_mounts(plan, hc);
  std::erase_if(mounts, [&](const PlannedMount& own) {
    return std::any_of(plan.mounts.begin(), plan.mounts.end(),
                       [&](const auto& planned) { return planned.destination == own.destination; });
  });
  std::vector<PlannedMount> planned = plan.mounts;
  std::stable_sort(planned.begin(), planned.end(), [](const auto& a, const auto& b) {
    return depth(a.destination) < depth(b.destination);
  });
  mounts.insert(mounts.end(), planned.begin(), planned.end());

  json::Writer out;
  out.begin_array();
  for (const PlannedMount& mount : mounts) {
    out.begin_object()
        .field("destination", mount.destination)
        .field("type", mount.type)
        .field("source", mount.source)
        .field("options", mount.options);
    if (!mount.subpath.empty()) out.field("gantry.subpath", mount.subpath);
    out.end_object();
  }
  out.end_array();
  return out.take();
}

std::string root_propagation(const StartPlan& plan) {
  // Mounts travel between host and container only when the container's root lets them through.
  std::string result = "rprivate";
  for (const PlannedMount& mount : plan.mounts) {
    if (mount.follows_host) result = "rslave";
    for (const std::string& option : mount.options) {
      if (option == "shared" || option == "rshared") return "shared";
      if (option == "slave" || option == "rslave") result = "rslave";
    }
  }
  return result;
}

}  // namespace gantry::services
