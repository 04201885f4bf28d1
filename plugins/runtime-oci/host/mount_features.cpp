#include "host/mount_features.hpp"

#include <linux/openat2.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <utility>

#include "base/error.hpp"

namespace gantry::oci {
namespace {

#ifndef SYS_mount_setattr
#define SYS_mount_setattr 442
#endif

/// With arguments that no kernel accepts: what it does not know answers ENOSYS.
template <class... Arguments>
bool kernel_knows(long number, Arguments... arguments) {
  return ::syscall(number, arguments...) >= 0 || errno != ENOSYS;
}

std::pair<int, int> version_of(const std::string& text) {
  int major = 0, minor = 0;
  if (std::sscanf(text.c_str(), "%d.%d", &major, &minor) != 2) return {0, 0};
  return {major, minor};
}

}  // namespace

bool knows_recursive_read_only(const OciRuntimeInfo& runtime) {
  const auto version = version_of(runtime.version);
  if (runtime.name == "runc") return version >= std::pair(1, 1);
  if (runtime.name == "crun") return version >= std::pair(1, 5);
  return false;
}

MountFeatures mount_features(const OciRuntime& runtime) {
  MountFeatures features;
  const open_how how{};
  features.images =
      kernel_knows(SYS_open_tree, -1, "", 0u) && kernel_knows(SYS_move_mount, -1, "", -1, "", 0u);
  features.subpath = features.images && kernel_knows(SYS_openat2, -1, "", &how, sizeof how);
  try {
    features.recursive_read_only = kernel_knows(SYS_mount_setattr, -1, "", 0u, nullptr, 0) &&
                                   knows_recursive_read_only(runtime.get());
  } catch (const Error&) {
    // No runtime at all: said elsewhere.
  }
  return features;
}

}  // namespace gantry::oci
