// What the runtime says about the machine it runs containers on (the ABI's info document), as
// values. Pure; any thread.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace gantry::services {

struct HostFacts {
  std::string runtime_name, runtime_version, runtime_path;
  std::string cgroup_driver, cgroup_version;
  std::string kernel, operating_system, os_version;
  std::string architecture;      // as uname says it: "x86_64"
  std::string init_binary;       // for HostConfig.Init; empty: the runtime brings none
  std::string apparmor_profile;  // of containers by default; empty: the host has no AppArmor
  std::string firewall;          // "nftables"; empty: the runtime filters no packets
  std::string memory_nodes;      // a list, "0-1"; empty: the runtime does not say
  std::string storage_driver = "overlay2";
  std::vector<std::pair<std::string, std::string>> storage_status;
  std::int64_t cpus = 0, memory_bytes = 0;
  std::vector<std::string> security_options, warnings;
  bool memory_limit = false, swap_limit = false, cpu_shares = false, cpu_cfs_period = false,
       cpu_cfs_quota = false, cpuset = false, pids_limit = false, oom_kill_disable = false,
       ipv4_forwarding = false, recursive_read_only = false, mount_subpath = false,
       image_mounts = false, open_ports = false, root_size = false;

  /// Go's name of the architecture: "amd64".
  std::string go_architecture() const;
};

/// Members that are missing stay at their defaults. Throws Error{invalid} for a malformed document.
HostFacts parse_host_facts(std::string info_document);

}  // namespace gantry::services
