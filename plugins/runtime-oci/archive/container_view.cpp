#include "archive/container_view.hpp"

#include <fcntl.h>
#include <linux/mount.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>

#include "base/error.hpp"
#include "base/thread_call.hpp"
#include "protocol/quota_obedience.hpp"

namespace gantry::oci {
namespace {

constexpr unsigned long kRootFlags = MS_NODEV | MS_NOSUID;

UniqueFd open_tree(int directory, const std::string& path, unsigned flags) {
  return UniqueFd(static_cast<int>(::syscall(SYS_open_tree, directory, path.c_str(),
                                             OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | flags)));
}

// The whole tree of mounts when `recursive`. Before Linux 5.12 only the uppermost can be changed,
// and only where it is attached.
bool try_read_only(int tree, bool recursive) {
  mount_attr attributes{};
  attributes.attr_set = MOUNT_ATTR_RDONLY;
  const unsigned flags = AT_EMPTY_PATH | (recursive ? AT_RECURSIVE : 0u);
  return ::syscall(SYS_mount_setattr, tree, "", flags, &attributes, sizeof attributes) == 0;
}

// The place where something is to be mounted, made when it is missing: a directory or a file.
UniqueFd mount_point(const RootedTree& root, const std::string& destination, bool directory) {
  RootedTree::Place place = root.find(destination, true);
  if (place.exists()) return std::move(place.file);
  if (directory) return root.make_directories(place.path);
  const std::size_t slash = place.path.rfind('/');
  const UniqueFd parent = root.make_directories(place.path.substr(0, slash));
  return open_at(parent.get(), place.path.substr(slash + 1), O_CREAT | O_RDONLY | O_NOFOLLOW, 0644);
}

// A detached copy of what `mount` shows of `source`.
UniqueFd copy_of(const std::string& source, const ViewMount& mount) {
  UniqueFd found = find_at(AT_FDCWD, source, O_PATH);
  if (found && !mount.below.empty())
    found = open_beneath(found.get(), mount.below, O_PATH, Links::follow);
  if (!found && errno == ENOENT)
    throw Error(GANTRY_NOT_FOUND, mount.source + ": no such file", ENOENT);
  if (!found) throw_errno("open the source of " + mount.destination);
  UniqueFd tree = open_tree(found.get(), "", AT_EMPTY_PATH | (mount.recursive ? AT_RECURSIVE : 0u));
  if (!tree) throw_errno("copy the source of " + mount.destination);
  return tree;
}

UniqueFd open_source(const RootStore& roots, const ViewMount& mount) {
  if (mount.image.empty()) return copy_of(mount.source, mount);
  const RootStore::Mount image = roots.image_mount_for(mount.image);
  const std::string& place = roots.empty_directory();
  if (::chdir(image.directory.c_str()) != 0) throw_errno("enter " + image.directory);
  if (::mount("overlay", place.c_str(), "overlay", kRootFlags | MS_RDONLY, image.data.c_str()) != 0)
    throw_errno("mount the image at " + mount.destination);
  UniqueFd tree = copy_of(place, mount);
  ::umount2(place.c_str(), MNT_DETACH);
  return tree;
}

void attach(const RootedTree& root, const ViewMount& mount, const UniqueFd& tree) {
  struct stat status {};
  if (::fstat(tree.get(), &status) != 0) throw_errno("stat " + mount.source);
  const bool done = !mount.read_only || try_read_only(tree.get(), mount.recursive);
  const UniqueFd place = mount_point(root, mount.destination, S_ISDIR(status.st_mode));
  if (::syscall(SYS_move_mount, tree.get(), "", place.get(), "",
                MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH) != 0)
    throw_errno("mount " + mount.source + " at " + mount.destination);
  if (done) return;
  const std::string attached = "/proc/self/fd/" + std::to_string(tree.get());
  if (::mount(nullptr, attached.c_str(), nullptr, MS_REMOUNT | MS_BIND | MS_RDONLY, nullptr) != 0)
    throw_errno("make " + mount.destination + " read-only");
}

// Mounts a root at the end of a chain of private mounts below `place`; gives where it is.
std::string mount_root(RootStore::Mount mount, const std::string& id, const std::string& place,
                       bool own_upper, bool writable) {
  std::string target = place;
  if (own_upper) {
    // Places for mounts may have to be made: in a layer of our own on top.
    if (::mount("view", place.c_str(), "tmpfs", kRootFlags, "mode=0700") != 0)
      throw_errno("mount view of container " + id);
    for (const char* name : {"/upper", "/work", "/root"})
      if (::mkdir((place + name).c_str(), 0755) != 0) throw_errno("make view of container " + id);
    mount.data += ",upperdir=../empty/upper,workdir=../empty/work";  // from mount.directory
    target = place + "/root";
  }
  if (::chdir(mount.directory.c_str()) != 0) throw_errno("enter " + mount.directory);
  const shim::QuotaObedience obedience(mount.limited);
  if (!obedience.is_as_wanted()) throw_errno("lower the capabilities of a mount");
  const unsigned long flags = kRootFlags | (own_upper || writable ? 0 : MS_RDONLY);
  if (::mount("overlay", target.c_str(), "overlay", flags, mount.data.c_str()) != 0)
    throw_errno("mount root of container " + id);
  return target;
}

}  // namespace

ContainerView ContainerView::running(pid_t pid) {
  const std::string process = "/proc/" + std::to_string(pid);
  UniqueFd mounts = find_at(AT_FDCWD, process + "/ns/mnt", O_RDONLY);
  UniqueFd root = find_at(AT_FDCWD, process + "/root", O_PATH | O_DIRECTORY);
  if (!mounts || !root) throw Error(GANTRY_CONFLICT, "the container is not running", ESRCH);
  return {std::move(mounts), std::move(root)};
}

ContainerView ContainerView::stopped(const RootStore& roots, const std::string& id,
                                     const std::vector<ViewMount>& mounts, Access access) {
  const bool writable = access == Access::write;
  const auto mount = [&] {
    const bool own_upper = !writable && !mounts.empty();
    return mount_root(writable ? roots.mount_for(id) : roots.read_only_mount_for(id), id,
                      roots.empty_directory(), own_upper, writable);
  };
  if (!writable) return mounted(roots, mount, mounts, id);
  RoomToMount room = roots.room_to_mount(id);
  ContainerView view = mounted(roots, mount, mounts, id);
  room.end();
  return view;
}

ContainerView ContainerView::image(const RootStore& roots, const std::string& id) {
  const auto mount = [&] {
    return mount_root(roots.image_mount_for(id), id, roots.empty_directory(), false, false);
  };
  return mounted(roots, mount, {}, id);
}

ContainerView ContainerView::mounted(const RootStore& roots,
                                     const std::function<std::string()>& mount_it,
                                     const std::vector<ViewMount>& mounts, const std::string& id) {
  UniqueFd view;
  call_on_thread([&] {
    if (::unshare(CLONE_FS | CLONE_NEWNS) != 0) throw_errno("unshare mount namespace");
    if (::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0)
      throw_errno("make mounts private");
    std::vector<UniqueFd> sources;
    for (const ViewMount& mount : mounts) sources.push_back(open_source(roots, mount));
    const std::string root = mount_it();
    const RootedTree tree(open_at(AT_FDCWD, root, O_PATH | O_DIRECTORY));
    for (std::size_t i = 0; i < mounts.size(); ++i) attach(tree, mounts[i], sources[i]);
    view = open_tree(AT_FDCWD, root, AT_RECURSIVE);
    if (!view) throw_errno("open root of container " + id);
  });
  return {UniqueFd(), std::move(view)};
}

}  // namespace gantry::oci
