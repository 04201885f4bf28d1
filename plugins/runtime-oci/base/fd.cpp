#include "base/fd.hpp"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>

#include "base/error.hpp"

namespace gantry::oci {

UniqueFd open_at(int dir, const std::string& path, int flags, unsigned mode) {
  UniqueFd fd(::openat(dir, path.c_str(), flags | O_CLOEXEC, mode));
  if (!fd) throw_errno("open " + path);
  return fd;
}

UniqueFd find_at(int dir, const std::string& path, int flags) {
  UniqueFd fd(::openat(dir, path.c_str(), flags | O_CLOEXEC));
  if (!fd && errno != ENOENT && errno != ENOTDIR) throw_errno("open " + path);
  return fd;
}

UniqueFd open_directory(int dir, const std::string& path) {
  return open_at(dir, path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
}

UniqueFd open_beneath(int dir, const std::string& path, int flags, Links links) {
  open_how how{};
  how.flags = static_cast<std::uint64_t>(flags | O_CLOEXEC);
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS;
  if (links == Links::refuse) how.resolve |= RESOLVE_NO_SYMLINKS;
  for (;;) {
    UniqueFd fd(static_cast<int>(::syscall(SYS_openat2, dir, path.c_str(), &how, sizeof how)));
    // EAGAIN: something was renamed while ".." was followed.
    if (fd || (errno != EAGAIN && errno != EINTR)) return fd;
  }
}

UniqueFd duplicate(int fd) {
  UniqueFd copy(::fcntl(fd, F_DUPFD_CLOEXEC, 3));
  if (!copy) throw_errno("duplicate descriptor");
  return copy;
}

std::vector<int> numbers_of(const std::vector<UniqueFd>& fds) {
  std::vector<int> numbers;
  numbers.reserve(fds.size());
  for (const UniqueFd& fd : fds) numbers.push_back(fd.get());
  return numbers;
}

}  // namespace gantry::oci
