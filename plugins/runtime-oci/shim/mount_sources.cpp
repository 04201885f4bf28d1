#include "mount_sources.hpp"

#include <fcntl.h>
#include <linux/mount.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

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

bool open_source(const Source& source, UniqueFd& mount, Failure& why) {
  UniqueFd found(::open(source.path, O_PATH | O_CLOEXEC));
  if (!found) {
    return why.set_errno(errno, Text<1024>("cannot access path ", source.path).view(),
                         GANTRY_NOT_FOUND);
  }
  if (source.below[0] != '\0') {
    found = open_below(found.get(), source.below);
    if (!found && errno == EXDEV) {
      return why.set(GANTRY_INVALID,
                     Text<1024>("path concatenation escapes the base directory, base: ",
                                source.path, ", subpath: ", source.below)
                         .view());
    }
    if (!found) {
      return why.set_errno(errno,
                           Text<1024>("cannot access path ", source.path, "/", source.below).view(),
                           GANTRY_NOT_FOUND);
    }
  }
  mount.reset(static_cast<int>(::syscall(
      SYS_open_tree, found.get(), "",
      OPEN_TREE_CLONE | static_cast<unsigned>(AT_EMPTY_PATH | AT_RECURSIVE | O_CLOEXEC))));
  if (!mount) return why.set_errno(errno, Text<1024>("bind ", source.path).view());
  return true;
}

}  // namespace

bool MountSources::open(Which which, Failure& why) {
  bool good = true;
  each(sources_, [&](std::size_t index, const Source& source) {
    if (!good) return;
    if (index >= kMost) {
      good = why.set(GANTRY_INVALID, "too many mounts with shared propagation or a subpath");
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
