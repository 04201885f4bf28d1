// Compiled system call filters of running containers, for exec. Compiling takes milliseconds and
// most containers have the same profile, so programs are shared among all that have the same one.
// Threads: any.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "base/json.hpp"
#include "seccomp/profile.hpp"

namespace gantry::oci {

class SeccompFilters {
 public:
  /// The filter in a config.json; an empty program when it has none. The caller keeps it as long as
  /// the container runs.
  std::shared_ptr<const seccomp::Program> for_config(const Json& config);

 private:
  std::mutex mutex_;
  std::map<std::string, std::weak_ptr<const seccomp::Program>> by_profile_;  // guarded by mutex_
};

}  // namespace gantry::oci
