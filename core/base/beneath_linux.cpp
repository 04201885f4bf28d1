#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>

#include "core/base/beneath.hpp"
#include "core/base/error.hpp"
#include "core/base/file.hpp"

namespace gantry::file {

UniqueFd open_directory_beneath(const std::string& base, const std::string& relative) {
  const UniqueFd directory = open(base, O_RDONLY | O_DIRECTORY);
  open_how how{};
  how.flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC;
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS;
  for (;;) {
    UniqueFd found(static_cast<int>(
        ::syscall(SYS_openat2, directory.get(), relative.c_str(), &how, sizeof how)));
    if (found) return found;
    if (errno == EAGAIN || errno == EINTR) continue;  // a rename while ".." was followed
    if (errno == EXDEV)
      throw Error(Errc::invalid, "path concatenation escapes the base directory, base: " + base +
                                     ", subpath: " + relative);
    if (errno == ENOENT || errno == ENOTDIR)
      throw Error(Errc::not_found,
                  "cannot access path " + base + "/" + relative + ": no such file or directory",
                  errno);
    throw_errno("cannot access path " + base + "/" + relative);
  }
}

std::string path_of_open(int directory) { return "/proc/self/fd/" + std::to_string(directory); }

}  // namespace gantry::file
