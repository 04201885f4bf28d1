#include "containers/seccomp_filters.hpp"

namespace gantry::oci {

std::shared_ptr<const seccomp::Program> SeccompFilters::for_config(const Json& config) {
  std::string profile;
  if (const Json* linux = find_member(config, "linux"))
    if (const Json* found = find_member(*linux, "seccomp")) profile = to_text(*found);
  if (profile.empty()) return std::make_shared<seccomp::Program>();
  // Held while compiling: many execs at once after a restart should not all compile the same
  // profile.
  const std::lock_guard lock(mutex_);
  std::erase_if(by_profile_, [](const auto& entry) { return entry.second.expired(); });
  std::weak_ptr<const seccomp::Program>& known = by_profile_[profile];
  if (auto program = known.lock()) return program;
  auto program = std::make_shared<const seccomp::Program>(seccomp::compile(profile));
  known = program;
  return program;
}

}  // namespace gantry::oci
