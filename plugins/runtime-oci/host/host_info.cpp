#include "host/host_info.hpp"

#include <linux/magic.h>
#include <sys/statfs.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <cstdlib>

#include "base/error.hpp"
#include "base/file.hpp"
#include "base/json.hpp"
#include "host/mount_features.hpp"

namespace gantry::oci {
namespace {

struct Features {
  bool memory_limit = false, swap_limit = false, cpu_shares = false, cpu_cfs_period = false,
       cpu_cfs_quota = false, cpuset = false, pids_limit = false, oom_kill_disable = false;
};

Features legacy_features(const Cgroups& cgroups) {
  const auto has = [&](const char* controller, const char* file) {
    const std::string mount = cgroups.controller(controller);
    return !mount.empty() && exists(mount + "/" + file);
  };
  Features found;
  found.memory_limit = has("memory", "memory.limit_in_bytes");
  found.swap_limit = has("memory", "memory.memsw.limit_in_bytes");
  found.oom_kill_disable = has("memory", "memory.oom_control");
  found.cpu_shares = has("cpu", "cpu.shares");
  found.cpu_cfs_period = has("cpu", "cpu.cfs_period_us");
  found.cpu_cfs_quota = has("cpu", "cpu.cfs_quota_us");
  found.cpuset = has("cpuset", "cpuset.cpus");
  found.pids_limit = !cgroups.controller("pids").empty();
  return found;
}

Features unified_features(const Cgroups& cgroups) {
  std::string controllers(" ");
  controllers.append(find_text(cgroups.unified() + "/cgroup.controllers").value_or("")).append(" ");
  const auto has = [&](const char* name) {
    for (const char* end : {" ", "\n"})
      if (controllers.find(std::string(" ") + name + end) != std::string::npos) return true;
    return false;
  };
  Features found;
  found.memory_limit = has("memory");
  found.cpu_shares = found.cpu_cfs_period = found.cpu_cfs_quota = has("cpu");
  found.cpuset = has("cpuset");
  found.pids_limit = has("pids");
  // The root group has no limits; our own is one that has, when the kernel accounts for swap.
  const std::string own = find_text("/proc/self/cgroup").value_or("");
  const std::size_t at = own.find("0::");
  const std::string path =
      at == std::string::npos ? "" : own.substr(at + 3, own.find('\n', at) - at - 3);
  found.swap_limit = found.memory_limit && (path.empty() || path == "/" ||
                                            exists(cgroups.unified() + path + "/memory.swap.max"));
  return found;
}

// KEY="value" of /etc/os-release.
std::string os_release(const std::string& text, const std::string& key) {
  const std::string label = "\n" + key + "=";
  const std::size_t at = ("\n" + text).find(label);
  if (at == std::string::npos) return {};
  const std::size_t from = at + label.size() - 1;
  std::string value = text.substr(from, text.find('\n', from) - from);
  if (value.size() >= 2 && (value.front() == '"' || value.front() == '\''))
    value = value.substr(1, value.size() - 2);
  return value;
}

std::uint64_t memory_bytes() {
  const std::string text = find_text("/proc/meminfo").value_or("");
  const std::size_t at = text.find("MemTotal:");
  return at == std::string::npos ? 0 : std::strtoull(text.c_str() + at + 9, nullptr, 10) * 1024;
}

const char* file_system_of(const std::string& directory) {
  struct statfs status {};
  if (::statfs(directory.c_str(), &status) != 0) return "<unknown>";
  switch (static_cast<std::uint32_t>(status.f_type)) {
    case EXT4_SUPER_MAGIC:
      return "extfs";
    case XFS_SUPER_MAGIC:
      return "xfs";
    case BTRFS_SUPER_MAGIC:
      return "btrfs";
    case TMPFS_MAGIC:
      return "tmpfs";
    case 0x2fc12fc1:
      return "zfs";
    default:
      return "<unknown>";
  }
}

bool has_seccomp() {
  return find_text("/proc/self/status").value_or("").find("\nSeccomp:") != std::string::npos;
}

bool forwards_ipv4() {
  return find_text("/proc/sys/net/ipv4/ip_forward").value_or("").starts_with('1');
}

void put_runtime(JsonWriter& out, const OciRuntime& runtime, std::vector<std::string>& warnings) {
  OciRuntimeInfo info;
  try {
    info = runtime.get();
  } catch (const Error& error) {
    warnings.emplace_back(error.what());
  }
  out.Key("name"), put(out, info.name);
  out.Key("version"), put(out, info.version);
  out.Key("commit"), put(out, info.commit);
  out.Key("path"), put(out, info.path);
}

void put_features(JsonWriter& out, const Features& features, const MountFeatures& mounts) {
  out.Key("features");
  out.StartObject();
  out.Key("memory_limit"), out.Bool(features.memory_limit);
  out.Key("swap_limit"), out.Bool(features.swap_limit);
  out.Key("cpu_shares"), out.Bool(features.cpu_shares);
  out.Key("cpu_cfs_period"), out.Bool(features.cpu_cfs_period);
  out.Key("cpu_cfs_quota"), out.Bool(features.cpu_cfs_quota);
  out.Key("cpuset"), out.Bool(features.cpuset);
  out.Key("pids_limit"), out.Bool(features.pids_limit);
  out.Key("oom_kill_disable"), out.Bool(features.oom_kill_disable);
  out.Key("recursive_read_only"), out.Bool(mounts.recursive_read_only);
  out.Key("mount_subpath"), out.Bool(mounts.subpath);
  out.Key("image_mounts"), out.Bool(mounts.images);
  out.Key("open_ports"), out.Bool(true);
  out.Key("root_size"), out.Bool(true);
  out.Key("ipv4_forwarding"), out.Bool(forwards_ipv4());
  out.EndObject();
}

void put_texts(JsonWriter& out, const char* key, const std::vector<std::string>& texts) {
  out.Key(key);
  out.StartArray();
  for (const std::string& text : texts) put(out, text);
  out.EndArray();
}

void put_storage(JsonWriter& out, const std::string& state_dir) {
  out.Key("storage_driver"), put(out, "overlay2");
  out.Key("storage_status");
  out.StartArray();
  const std::pair<const char*, const char*> lines[] = {
      {"Backing Filesystem", file_system_of(state_dir)},
      {"Supports d_type", "true"},
      {"Using metacopy", "false"},
      {"Native Overlay Diff", "true"},
      {"userxattr", "false"}};
  for (const auto& [name, value] : lines) {
    out.StartArray();
    put(out, name), put(out, value);
    out.EndArray();
  }
  out.EndArray();
}

}  // namespace

std::string host_info(const HostParts& host, const std::vector<std::string>& warnings) {
  const Cgroups& cgroups = host.cgroups;
  struct utsname system {};
  ::uname(&system);
  const std::string release = find_text("/etc/os-release").value_or("");
  std::vector<std::string> all_warnings = warnings;
  std::vector<std::string> security;
  if (host.apparmor.is_enabled()) security.emplace_back("name=apparmor");
  if (has_seccomp()) security.emplace_back("name=seccomp,profile=builtin");
  if (cgroups.version() == 2 && exists("/proc/self/ns/cgroup"))
    security.emplace_back("name=cgroupns");

  rapidjson::StringBuffer buffer;
  JsonWriter out(buffer);
  out.StartObject();
  put_runtime(out, host.runtime, all_warnings);
  out.Key("cgroup_driver"), put(out, "cgroupfs");
  out.Key("cgroup_version"), put(out, std::to_string(cgroups.version()));
  out.Key("kernel"), put(out, system.release);
  out.Key("operating_system"), put(out, os_release(release, "PRETTY_NAME"));
  out.Key("os_version"), put(out, os_release(release, "VERSION_ID"));
  out.Key("architecture"), put(out, system.machine);
  out.Key("cpus"), out.Int64(::sysconf(_SC_NPROCESSORS_ONLN));
  out.Key("memory_bytes"), out.Uint64(memory_bytes());
  // As the kernel writes it; one without NUMA does not.
  if (const auto nodes = find_text("/sys/devices/system/node/has_memory"))
    out.Key("memory_nodes"), put(out, nodes->substr(0, nodes->find('\n')));
  put_texts(out, "security_options", security);
  if (!forwards_ipv4()) all_warnings.emplace_back("WARNING: IPv4 forwarding is disabled");
  put_texts(out, "warnings", all_warnings);
  put_features(out, cgroups.version() == 2 ? unified_features(cgroups) : legacy_features(cgroups),
               mount_features(host.runtime));
  put_storage(out, host.state_dir);
  if (exists(host.init)) out.Key("init"), put(out, host.init);
  out.Key("firewall"), put(out, "nftables");
  if (host.apparmor.is_enabled()) out.Key("apparmor_profile"), put(out, AppArmor::kDefaultProfile);
  out.EndObject();
  return {buffer.GetString(), buffer.GetSize()};
}

}  // namespace gantry::oci
