// What a control group uses: the document of gantry/ext/stats.h, from the files of cgroup version 1
// or 2, /proc/stat and /proc/<pid>/net/dev. Threads: any. Files that are not there are members that
// are not there.
#pragma once

#include <sys/types.h>

#include <string>

#include "host/cgroups.hpp"

namespace gantry::oci {

/// `pid`: a process in the container's network namespace; 0: no "networks".
std::string usage(const Cgroups& cgroups, const std::string& path, pid_t pid);

}  // namespace gantry::oci
