// Volumes on macOS are directories: a container's VM gets them shared, and there is no mount(2)
// with Linux's filesystem types.
#include <sys/mount.h>
#include <sys/param.h>

#include <gantry/cpp/error.hpp>

#include "mounting.hpp"

namespace volume_local {

namespace {

template <class Wanted>
bool any_mount(Wanted wanted) {
  struct statfs* mounts = nullptr;
  const int count = ::getmntinfo(&mounts, MNT_NOWAIT);
  for (int i = 0; i < count; ++i)
    if (wanted(std::string(mounts[i].f_mntonname))) return true;
  return false;
}

}  // namespace

void mount_filesystem(const std::string&, const std::string&, const std::string& type,
                      const std::string&) {
  throw gantry::sdk::Error(GANTRY_UNSUPPORTED,
                           "volumes of type \"" + type + "\" are not supported on this system");
}

void unmount_filesystem(const std::string& target) {
  if (::unmount(target.c_str(), 0) != 0) throw gantry::sdk::os_error("unmount " + target);
}

bool is_mounted(const std::string& target) {
  return any_mount([&](const std::string& point) { return point == target; });
}

bool has_mounts_below(const std::string& directory) {
  const std::string prefix = directory + "/";
  return any_mount(
      [&](const std::string& point) { return point == directory || point.rfind(prefix, 0) == 0; });
}

}  // namespace volume_local
