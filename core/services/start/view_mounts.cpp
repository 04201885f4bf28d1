#include "core/services/start/view_mounts.hpp"

#include <algorithm>
#include <filesystem>

#include "core/base/scope_guard.hpp"
#include "core/services/world/container_directory.hpp"

namespace gantry::services {
namespace {

long slashes(const std::string& path) { return std::count(path.begin(), path.end(), '/'); }

}  // namespace

ViewMounts::ViewMounts(const ContainerWorld& world, const domain::ContainerRecord& record)
    : world_(world), id_(record.id) {
  ScopeGuard undo([&] {
    for (const std::string& name : volumes_) world_.volumes.unmount(name, id_);
  });
  for (const domain::MountPoint& mount : record.mounts) {
    std::string source = mount.source;
    if (mount.type == "volume") {
      source = world_.volumes.mount(mount.name, id_, mount);
      volumes_.push_back(mount.name);
    } else if (mount.type == "tmpfs") {
      continue;  // a tmpfs of a container that does not run is empty, and not there
    }
    mounts_.push_back({std::move(source), mount.destination, !mount.read_write,
                       !mount.non_recursive, mount.subpath, mount.image_root});
  }
  std::stable_sort(mounts_.begin(), mounts_.end(), [](const Mount& a, const Mount& b) {
    return slashes(a.destination) < slashes(b.destination);
  });
  const ContainerDirectory directory(world_.settings, id_);
  const auto add_file = [&](const std::filesystem::path& source, const char* destination) {
    const bool taken = std::any_of(mounts_.begin(), mounts_.end(), [&](const Mount& mount) {
      return mount.destination == destination;
    });
    std::error_code error;
    if (!taken && std::filesystem::exists(source, error))
      mounts_.push_back({source.string(), destination, false, false});
  };
  add_file(directory.resolv_conf(), "/etc/resolv.conf");
  add_file(directory.hostname(), "/etc/hostname");
  add_file(directory.hosts(), "/etc/hosts");
  undo.dismiss();
}

ViewMounts::~ViewMounts() {
  for (const std::string& name : volumes_) world_.volumes.unmount(name, id_);
}

void ViewMounts::write(json::Writer& out) const {
  out.key("mounts").begin_array();
  for (const Mount& mount : mounts_) {
    out.begin_object();
    if (mount.image_root.empty()) {
      out.field("source", mount.source);
    } else {
      out.field("image", mount.image_root);
    }
    if (!mount.subpath.empty()) out.field("subpath", mount.subpath);
    out.field("destination", mount.destination)
        .field("read_only", mount.read_only)
        .field("recursive", mount.recursive)
        .end_object();
  }
  out.end_array();
}

}  // namespace gantry::services
