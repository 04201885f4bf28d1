#include "mount_sources.hpp"

#include <fcntl.h>
#include <linux/mount.h>
#include <linux/openat2.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "../protocol/wire.hpp"

namespace gantry::shim {
namespace {

#ifndef OPEN_TREE_CLONE
#define OPEN_TREE_CLONE 1
#endif
#ifndef AT_RECURSIVE
#define AT_RECURSIVE 0x8000
#endif

// One of the list's entries: three texts.
struct Source {
  const char* how = "";
  const char* path = "";
  const char* below = "";
};

template <class F>
bool each(const TextList& list, F&& f) {
  Source source;
  std::size_t index = 0;
  return list.each([&](const char* text) {
    switch (index++ % 3) {
      case 0:
        source.how = text;
        break;
      case 1:
        source.path = text;
        break;
      default:
        source.below = text;
        f(index / 3 - 1, source);
    }
  });
}

UniqueFd open_below(int base, const char* path) {
  open_how how{};
  how.flags = O_PATH | O_CLOEXEC;
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS;
  for (;;) {
    UniqueFd fd(static_cast<int>(::syscall(SYS_openat2, base, path, &how, sizeof how)));
    // EAGAIN: something was renamed while ".." was followed.
    if (fd || errno != EAGAIN) return fd;
  }
}

// A copy of what is at `base`, or below it; `name` is what errors call it.
bool copy_mount(UniqueFd base, const char* name, const char* below, UniqueFd& mount, Failure& why) {
  if (below[0] != '\0') {
    base = open_below(base.get(), below);
    if (!base && errno == EXDEV) {
      return why.set(GANTRY_INVALID,
                     Text<1024>("path concatenation escapes the base directory, base: ", name,
                                ", subpath: ", below)
                         .view());
    }
    if (!base) {
      return why.set_errno(errno, Text<1024>("cannot access path ", name, "/", below).view(),
                           GANTRY_NOT_FOUND);
    }
  }
  mount.reset(static_cast<int>(::syscall(
      SYS_open_tree, base.get(), "",
      OPEN_TREE_CLONE | static_cast<unsigned>(AT_EMPTY_PATH | AT_RECURSIVE | O_CLOEXEC))));
  if (!mount) return why.set_errno(errno, Text<1024>("bind ", name).view());
  return true;
}

bool open_source(const Source& source, UniqueFd& mount, Failure& why) {
  UniqueFd found(::open(source.path, O_PATH | O_CLOEXEC));
  if (!found) {
    return why.set_errno(errno, Text<1024>("cannot access path ", source.path).view(),
                         GANTRY_NOT_FOUND);
  }
  return copy_mount(std::move(found), source.path, source.below, mount, why);
}

// Mounts it for a moment, to take a copy of all or a part of it.
bool open_image(const Source& source, const char* directory, UniqueFd& mount, Failure& why) {
  const Text<64> name(kMountsName, "/image");
  if (::mkdir(name.c_str(), 0700) != 0 && errno != EEXIST) {
    return why.set_errno(errno, "place of an image");
  }
  const UniqueFd bundle(::open(".", O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!bundle) return why.set_errno(errno, "bundle");
  if (::chdir(directory) != 0) return why.set_errno(errno, "chdir to the layers");
  const Path place("/proc/self/fd/", bundle.get(), "/", name.view());
  const int mounted = ::mount("overlay", place.c_str(), "overlay", MS_RDONLY, source.path);
  const int error = errno;
  if (::fchdir(bundle.get()) != 0) return why.set_errno(errno, "chdir bundle");
  if (mounted != 0) return why.set_errno(error, "mount an image");
  UniqueFd found(::open(name.c_str(), O_PATH | O_CLOEXEC));
  const bool good = copy_mount(std::move(found), "image", source.below, mount, why);
  ::umount2(name.c_str(), MNT_DETACH | UMOUNT_NOFOLLOW);
  return good;
}

}  // namespace

bool MountSources::open(Which which, Failure& why) {
  bool good = true;
  each(sources_, [&](std::size_t index, const Source& source) {
    if (!good) return;
    if (index >= kMost) {
      good =
          why.set(GANTRY_INVALID, "too many mounts with shared propagation, a subpath or an image");
    } else if (std::strcmp(source.how, "image") == 0) {
      if (which == Which::others) good = open_image(source, directory_, mounts_[index], why);
    } else if ((std::strcmp(source.how, "shared") == 0) == (which == Which::shared)) {
      good = open_source(source, mounts_[index], why);
    }
  });
  return good;
}

bool MountSources::attach(Failure& why) {
  bool good = true;
  each(sources_, [&](std::size_t index, const Source& source) {
    if (!good) return;
    const Text<64> path(kMountsName, "/", index);
    struct stat status {};
    const bool directory = ::fstat(mounts_[index].get(), &status) == 0 && S_ISDIR(status.st_mode);
    const UniqueFd file(directory ? -1
                                  : ::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
    if (directory && ::mkdir(path.c_str(), 0700) != 0 && errno != EEXIST) {
      good = why.set_errno(errno, "place of a mount");
    } else if (::syscall(SYS_move_mount, mounts_[index].get(), "", AT_FDCWD, path.c_str(),
                         MOVE_MOUNT_F_EMPTY_PATH) != 0) {
      good = why.set_errno(errno, Text<1024>("bind ", source.path).view());
    }
    mounts_[index].reset();
  });
  return good;
}

}  // namespace gantry::shim
