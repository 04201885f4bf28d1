#include "core/services/start/container_mounts.hpp"

#include "core/base/scope_guard.hpp"

namespace gantry::services {

void mount_volumes(domain::ContainerRecord& record, Volumes& volumes) {
  std::vector<std::string> mounted;
  ScopeGuard undo([&] {
    for (const std::string& name : mounted) volumes.unmount(name, record.id);
  });
  for (domain::MountPoint& mount : record.mounts) {
    if (mount.type != "volume") continue;
    mount.source = volumes.mount(mount.name, record.id, mount);
    mounted.push_back(mount.name);
  }
  undo.dismiss();
}

void unmount_volumes(const domain::ContainerRecord& record, Volumes& volumes) noexcept {
  for (const domain::MountPoint& mount : record.mounts)
    if (mount.type == "volume") volumes.unmount(mount.name, record.id);
}

}  // namespace gantry::services
