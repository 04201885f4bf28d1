// Volumes in use by running containers.
#include "core/base/error.hpp"
#include "core/base/log.hpp"
#include "core/services/volumes/volumes_impl.hpp"

namespace gantry::services {
std::string Volumes::Impl::mount(const domain::VolumeRecord& volume, const std::string& user) {
  if (volume.options)
    if (const std::string source = domain::bind_source(volume.driver, *volume.options);
        !source.empty())
      check_bind(source);
  pluginhost::Op op;
  op.cancelled = [this] { return closed.load(); };
  return get_driver(volume.driver).mount(volume.name, user, op);
}

void Volumes::close() noexcept { impl_->closed = true; }

std::string Volumes::mount(const std::string& name, const std::string& container_id,
                           const domain::MountPoint& at) {
  Impl& impl = *impl_;
  const state::Lease lease = impl.leases.take(name);
  // A volume of ours is not looked up first: its driver says so itself when it does not have it.
  const auto record = impl.find_record(name);
  const domain::VolumeRecord volume = record ? *record : impl.get(name);
  impl.finish_fill(volume);
  const auto key = std::make_pair(name, container_id);
  std::string path;
  {
    const std::lock_guard lock(impl.mutex);
    // One volume at two places of a container is one use for the driver: user ids are unique per
    // use.
    if (const auto it = impl.mounts.find(key); it != impl.mounts.end()) {
      ++it->second.count;
      path = it->second.path;
    }
  }
  if (path.empty()) {
    try {
      path = impl.mount(volume, container_id);
    } catch (const Error& error) {
      throw Error(error.code(), "error while mounting volume '" + at.source + "': " + error.what(),
                  error.os_errno());
    }
    const std::lock_guard lock(impl.mutex);
    impl.mounts[key] = {1, path};
  }
  impl.publish_event("mount", volume,
                     {{"container", container_id},
                      {"destination", at.destination},
                      {"propagation", at.propagation},
                      {"read/write", at.read_write ? "true" : "false"}});
  return path;
}

void Volumes::adopt_mount(const std::string& name, const std::string& container_id,
                          const std::string& path) {
  const std::lock_guard lock(impl_->mutex);
  Impl::Mounted& mounted = impl_->mounts[{name, container_id}];
  ++mounted.count;
  mounted.path = path;
}

void Volumes::unmount(const std::string& name, const std::string& container_id) noexcept {
  Impl& impl = *impl_;
  try {
    const state::Lease lease = impl.leases.take(name);
    const auto record = impl.find_record(name);
    const auto volume = record ? record : impl.find(name);
    if (!volume) return;
    bool is_last = true, is_counted = false;
    {
      const std::lock_guard lock(impl.mutex);
      const auto it = impl.mounts.find({name, container_id});
      // Not counted here: the daemon before this one may have mounted it.
      is_counted = it != impl.mounts.end();
      if (is_counted) is_last = --it->second.count == 0;
      if (is_counted && is_last) impl.mounts.erase(it);
    }
    if (is_last) impl.get_driver(volume->driver).unmount(name, container_id);
    if (is_counted) impl.publish_event("unmount", *volume, {{"container", container_id}});
  } catch (const std::exception& error) {
    log::warn("volume " + name + ": unmounting for container " + container_id + ": " +
              error.what());
  }
}

}  // namespace gantry::services
