#include "rootfs_mount.hpp"

#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <unistd.h>

#include <cerrno>

#include "../protocol/quota_obedience.hpp"
#include "../protocol/unique_fd.hpp"
#include "../protocol/wire.hpp"
#include "descriptors.hpp"
#include "mount_sources.hpp"

namespace gantry::shim {

namespace {

// Relative names of the data are looked up from the working directory.
bool mount_data(const Create& request, const char* target, Failure& why) {
  const QuotaObedience obedience(request.quota_obedience != 0);
  if (!obedience.is_as_wanted()) return why.set_errno(errno, "capabilities");
  if (::mount(request.mount_source.data(), target, request.mount_type.data(), request.mount_flags,
              request.mount_data.data()) == 0) {
    return true;
  }
  return why.set_errno(errno, Text<512>("mount ", request.mount_type, " root filesystem").view());
}

}  // namespace

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
  const bool mounted = mount_data(request, target.c_str(), why);
  if (::fchdir(bundle.get()) != 0) return why.set_errno(errno, "chdir bundle");
  return mounted;
}

pid_t unmount_rootfs() {
  const pid_t pid = ::fork();
  if (pid > 0) return pid;
  // The unmount may write much to a disk: until then it is not to hold the network namespace, ports
  // and clients of a container that is gone.
  if (pid == 0) close_from(0);
  ::umount2(kRootfsName, MNT_DETACH | UMOUNT_NOFOLLOW);
  if (pid == 0) ::_exit(0);
  return 0;
}

}  // namespace gantry::shim
