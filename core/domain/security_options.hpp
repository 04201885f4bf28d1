// HostConfig.SecurityOpt taken apart. Pure; any thread.
#pragma once

#include <string>
#include <vector>

namespace gantry::domain {

struct SecurityOptions {
  std::string seccomp = "default";  // "default", "unconfined", or a profile as JSON
  std::string apparmor{};  // "default", "unconfined", or the name of a profile; empty: not said
  bool no_new_privileges = false;
  bool writable_cgroups = false;
};

/// The AppArmor profile that a container gets: "default", "unconfined", or a name.
std::string effective_apparmor(const SecurityOptions& options, bool privileged);

/// Throws Error{invalid} `invalid --security-opt 1: "x"`-shaped for unknown options,
/// Error{unsupported} for those that exist but cannot be honoured here (SELinux labels).
SecurityOptions parse_security_options(const std::vector<std::string>& options);

}  // namespace gantry::domain
