#include "core/services/containers/fill_volumes.hpp"

#include "core/base/error.hpp"

namespace gantry::services {
namespace {

[[noreturn]] void refuse(const domain::MountPoint& mount) {
  if (mount.anonymous && !mount.from_mounts)
    throw Error(Errc::internal,
                "cannot mount volume over existing file, file exists " + mount.destination);
  throw Error(Errc::internal, "source " + mount.destination + " is not directory");
}

}  // namespace

void fill_volumes(const domain::ContainerRecord& record, const ContainerWorld& world) {
  for (const domain::MountPoint& mount : record.mounts) {
    if (mount.type != "volume" || mount.no_copy) continue;
    const auto type = world.runtime.rootfs_find(record.id, mount.destination);
    if (!type) continue;
    world.volumes.fill(mount.name, mount.subpath, [&](const std::string& directory) {
      if (*type != "directory") refuse(mount);
      try {
        world.runtime.rootfs_copy_out(record.id, mount.destination, directory);
      } catch (const Error& error) {
        throw Error(error.code(),
                    "copying image data to volume " + mount.name + " failed: " + error.what(),
                    error.os_errno());
      }
    });
  }
}

}  // namespace gantry::services
