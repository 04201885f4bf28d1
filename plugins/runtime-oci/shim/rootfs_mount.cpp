#include "rootfs_mount.hpp"

#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <unistd.h>

#include <cerrno>

#include "../protocol/unique_fd.hpp"
#include "../protocol/wire.hpp"
#include "mount_sources.hpp"

namespace gantry::shim {

bool mount_rootfs(const Create& request, Failure& why) {
  if (::unshare(CLONE_NEWNS) != 0) return why.set_errno(errno, "mount namespace");
  MountSources sources(request.sources, request.mount_directory.data());
  // Before anything is a slave: a copy of a shared mount is its peer, and stays so.
  if (!sources.open(MountSources::Which::shared, why)) return false;
  if (::mount(nullptr, "/", nullptr, MS_SLAVE | MS_REC, nullptr) != 0) {
    return why.set_errno(errno, "mount namespace: propagation");
  }
  if (!sources.open(MountSources::Which::others, why) || !sources.attach(why)) return false;
  // Opened after unshare: the directory as this namespace's mounts show it.
  const UniqueFd bundle(::open(".", O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!bundle) return why.set_errno(errno, "bundle");
  const Path target("/proc/self/fd/", bundle.get(), "/", std::string_view(kRootfsName));
  if (!request.mount_directory.empty() && ::chdir(request.mount_directory.data()) != 0) {
    return why.set_errno(errno, Text<512>("chdir ", request.mount_directory).view());
  }
  const int mounted =
      ::mount(request.mount_source.data(), target.c_str(), request.mount_type.data(),
              request.mount_flags, request.mount_data.data());
  const int error = errno;
  if (::fchdir(bundle.get()) != 0) return why.set_errno(errno, "chdir bundle");
  if (mounted != 0) {
    return why.set_errno(error, Text<512>("mount ", request.mount_type, " root filesystem").view());
  }
  return true;
}

pid_t unmount_rootfs() {
  const pid_t pid = ::fork();
  if (pid > 0) return pid;
  ::umount2(kRootfsName, MNT_DETACH | UMOUNT_NOFOLLOW);
  if (pid == 0) ::_exit(0);
  return 0;
}

}  // namespace gantry::shim
