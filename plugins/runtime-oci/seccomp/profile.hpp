// System call filters: the default profile, profiles in Docker's file format, and their
// compilation. Pure but for the kernel's version and libseccomp's tables; any thread. Errors:
// Error(GANTRY_INVALID).
//
// The default profile is an allow list with the same effect as Docker's (docs.docker.com, "Seccomp
// security profiles for Docker"): whatever an ordinary program needs, and what a granted capability
// stands for.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <string_view>

namespace gantry::oci::seccomp {

using Capabilities = std::set<std::string, std::less<>>;  // "CAP_SYS_ADMIN": the bounding set

/// The default profile as the OCI runtime spec's linux.seccomp object (JSON).
std::string default_profile(const Capabilities& capabilities);

/// A profile in Docker's file format (archMap, includes, excludes) as linux.seccomp for this host.
std::string from_docker_profile(std::string_view json, const Capabilities& capabilities);

struct Program {
  std::string filter;       // array of struct sock_filter
  std::uint32_t flags = 0;  // SECCOMP_FILTER_FLAG_…
};

/// Compiles a linux.seccomp object with libseccomp. System calls and architectures that this
/// libseccomp does not know are left out, as runc does.
Program compile(std::string_view linux_seccomp_json);

}  // namespace gantry::oci::seccomp
