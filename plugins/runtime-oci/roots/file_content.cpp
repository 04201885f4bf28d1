#include "roots/file_content.hpp"

#include <fcntl.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <vector>

#include "base/error.hpp"
#include "base/file.hpp"

namespace gantry::oci {
namespace {

// Small enough to look at the caller's cancellation often.
constexpr std::size_t kPiece = 8u << 20;
// Below this one read and one write beat every trick.
constexpr std::uint64_t kSmall = 64u << 10;

std::uint64_t copy_by_buffer(int from, int to, std::uint64_t size, const std::string& path,
                             const Operation& op) {
  std::vector<char> buffer(static_cast<std::size_t>(std::min<std::uint64_t>(size, 256u << 10)));
  std::uint64_t done = 0;
  while (done < size) {
    op.check();
    const ssize_t got =
        ::read(from, buffer.data(), std::min<std::uint64_t>(size - done, buffer.size()));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) throw_errno("read " + path);
    if (got == 0) break;
    write_all(to, {buffer.data(), static_cast<std::size_t>(got)}, path);
    done += static_cast<std::uint64_t>(got);
  }
  return done;
}

/// Between the files' current positions.
std::uint64_t copy_range(int from, int to, std::uint64_t size, const std::string& path,
                         const Operation& op) {
  std::uint64_t done = 0;
  while (done < size) {
    op.check();
    const ssize_t got = ::copy_file_range(from, nullptr, to, nullptr,
                                          std::min<std::uint64_t>(size - done, kPiece), 0);
    if (got > 0) {
      done += static_cast<std::uint64_t>(got);
      continue;
    }
    if (got < 0 && errno == EINTR) continue;
    if (got < 0 && (errno == ENOSPC || errno == EDQUOT || errno == EIO))
      throw_errno("copy " + path);
    // Not between these file systems; or the end of a file that shrank.
    return done + copy_by_buffer(from, to, size - done, path, op);
  }
  return done;
}

std::uint64_t copy_sparse(int from, int to, std::uint64_t size, const std::string& path,
                          const Operation& op) {
  const auto end = static_cast<off_t>(size);
  std::uint64_t done = 0;
  for (off_t at = 0; at < end;) {
    const off_t data = ::lseek(from, at, SEEK_DATA);
    if (data < 0 && errno == ENXIO) break;  // a hole up to the end
    if (data < 0) throw_errno("read " + path);
    const off_t hole = std::min(::lseek(from, data, SEEK_HOLE), end);
    if (hole < data || ::lseek(from, data, SEEK_SET) < 0 || ::lseek(to, data, SEEK_SET) < 0)
      throw_errno("read " + path);
    done += copy_range(from, to, static_cast<std::uint64_t>(hole - data), path, op);
    at = hole;
  }
  if (::ftruncate(to, end) != 0) throw_errno("write " + path);
  return done;
}

}  // namespace

std::uint64_t copy_content(int from, int to, std::uint64_t size, const std::string& path,
                           const Operation& op) {
  if (size == 0) return 0;
  if (size <= kSmall) return copy_by_buffer(from, to, size, path, op);
  if (::ioctl(to, FICLONE, from) == 0) return size;
  struct stat status {};
  if (::fstat(from, &status) != 0) throw_errno("stat " + path);
  const bool holes = static_cast<std::uint64_t>(status.st_blocks) * 512 < size;
  return holes ? copy_sparse(from, to, size, path, op) : copy_range(from, to, size, path, op);
}

}  // namespace gantry::oci
