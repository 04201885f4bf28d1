#include "core/main/container_defaults.hpp"

#include "core/base/error.hpp"
#include "core/base/file.hpp"
#include "core/domain/security_options.hpp"

namespace gantry::daemon {
namespace {

/// "default", "unconfined", or what is in the file.
std::string seccomp_profile(const std::string& setting) {
  if (setting.empty()) return "default";
  if (setting == "unconfined") return setting;
  constexpr const char* kKey = "containers.seccomp_profile: ";
  std::string content;
  try {
    content = file::read(setting);
  } catch (const Error& error) {
    throw Error(error.code(), std::string(kKey) + error.what());
  }
  try {
    return domain::parse_seccomp_profile(content);
  } catch (const Error& error) {
    throw Error(error.code(), kKey + setting + ": " + error.what());
  }
}

}  // namespace

services::ContainerDefaults container_defaults(const config::Containers& containers) {
  services::ContainerDefaults defaults;
  defaults.shm_size = static_cast<std::int64_t>(containers.shm_size);
  defaults.cgroupns_mode = containers.cgroupns_mode;
  defaults.ipc_mode = containers.ipc_mode;
  defaults.no_new_privileges = containers.no_new_privileges;
  defaults.init = containers.init;
  for (const auto& [name, limit] : containers.ulimits)
    defaults.ulimits.push_back({name, limit.soft, limit.hard});
  defaults.cgroup_parent = containers.cgroup_parent;
  defaults.seccomp = seccomp_profile(containers.seccomp_profile);
  return defaults;
}

}  // namespace gantry::daemon
