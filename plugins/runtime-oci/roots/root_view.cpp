#include "roots/root_view.hpp"

#include <fcntl.h>
#include <linux/mount.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/error.hpp"
#include "base/thread_call.hpp"

namespace gantry::oci {

UniqueFd open_stopped_root(const RootStore& roots, const std::string& id) {
  const RootStore::Mount mount = roots.read_only_mount_for(id);
  const std::string& target = roots.empty_directory();
  UniqueFd view;
  call_on_thread([&] {
    if (::unshare(CLONE_FS | CLONE_NEWNS) != 0) throw_errno("unshare mount namespace");
    if (::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0)
      throw_errno("make mounts private");
    if (::chdir(mount.directory.c_str()) != 0) throw_errno("enter " + mount.directory);
    if (::mount("overlay", target.c_str(), "overlay", MS_RDONLY | MS_NODEV | MS_NOSUID,
                mount.data.c_str()) != 0)
      throw_errno("mount root of container " + id);
    view.reset(static_cast<int>(
        ::syscall(SYS_open_tree, AT_FDCWD, target.c_str(), OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC)));
    if (!view) throw_errno("open root of container " + id);
  });
  return view;
}

UniqueFd open_running_root(pid_t shim, const std::string& rootfs) {
  return open_at(AT_FDCWD, "/proc/" + std::to_string(shim) + "/root" + rootfs,
                 O_RDONLY | O_DIRECTORY);
}

}  // namespace gantry::oci
