// Which OCI runtime executes containers: runc or crun, the one that works on this host.
//
// crun (faster, smaller) where the host has cgroup version 2 only; else runc: crun refuses hybrid
// hosts. A candidate has to answer --version; the answers are kept in <state_dir>/oci-runtime.json
// with the binary's time and size, so that a daemon starts without running anything. Threads: any.
// The choice is made at the first use and stays.
#pragma once

#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "host/cgroups.hpp"

namespace gantry::oci {

struct OciRuntimeInfo {
  std::string name, path, version, commit;
};

class OciRuntime {
 public:
  /// `configured`: "auto", or the absolute path of a runtime with runc's command line.
  OciRuntime(std::string state_dir, std::string configured, const Cgroups& cgroups);

  /// GANTRY_UNAVAILABLE, naming what was looked for, when none works.
  const OciRuntimeInfo& get() const;

 private:
  std::vector<std::string> candidates() const;
  std::optional<OciRuntimeInfo> probe(const std::string& path) const;

  std::string cache_;
  std::string configured_;
  const Cgroups& cgroups_;
  mutable std::mutex mutex_;
  mutable std::optional<OciRuntimeInfo> chosen_;  // guarded by mutex_ until set, then constant
};

}  // namespace gantry::oci
