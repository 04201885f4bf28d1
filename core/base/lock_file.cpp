#include "core/base/lock_file.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <string>

#include "core/base/error.hpp"
#include "core/base/file.hpp"
#include "core/base/text.hpp"

namespace gantry {

std::optional<LockFile> LockFile::try_lock(const std::filesystem::path& path) {
  UniqueFd fd = file::open(path, O_RDWR | O_CREAT, 0600);
  // flock, not fcntl: the lock belongs to this open file and not to whatever else of the process
  // opens and closes it. CLOEXEC keeps it out of the children, which may outlive us.
  while (::flock(fd.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno == EWOULDBLOCK) return std::nullopt;
    if (errno != EINTR) throw_errno("lock " + path.string());
  }
  if (::ftruncate(fd.get(), 0) != 0) throw_errno("lock " + path.string());
  file::write_all(fd.get(), std::to_string(::getpid()) + "\n");
  return LockFile(std::move(fd));
}

pid_t LockFile::owner(const std::filesystem::path& path) {
  const auto content = file::find(path);
  const auto pid = content ? text::to_int(text::trim(*content)) : std::nullopt;
  return pid ? static_cast<pid_t>(*pid) : 0;
}

}  // namespace gantry
