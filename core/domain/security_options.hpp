// HostConfig.SecurityOpt taken apart. Pure; any thread.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace gantry::domain {

struct SecurityOptions {
  std::string seccomp{};   // "default", "unconfined", or a profile as JSON; empty: not said
  std::string apparmor{};  // "default", "unconfined", or the name of a profile; empty: not said
  std::string selinux_label{};  // an option that asks for one; empty: none does
  std::optional<bool> no_new_privileges{};
  bool writable_cgroups = false;
};

/// A profile of system calls in Docker's file format, as compact JSON. Throws Error{invalid}.
std::string parse_seccomp_profile(const std::string& text);

/// The seccomp profile that a container gets: "unconfined", "default", or JSON. Only a profile that
/// was asked for holds a privileged one.
std::string effective_seccomp(const SecurityOptions& options, bool privileged,
                              const std::string& by_default);

/// The AppArmor profile that a container gets: "default", "unconfined", or a name.
std::string effective_apparmor(const SecurityOptions& options, bool privileged);

/// Throws Error{invalid} `invalid --security-opt 1: "x"`-shaped for unknown options.
SecurityOptions parse_security_options(const std::vector<std::string>& options);

}  // namespace gantry::domain
