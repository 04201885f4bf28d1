#include "layers/attributes.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <cerrno>

#include "base/error.hpp"
#include "base/fd.hpp"

namespace gantry::oci {
namespace {

// As Docker: a file system without the attribute's class, or a class this file type can't have
// (user.* on links), does not fail the layer.
void check_xattr(int result, const std::string& name) {
  if (result != 0 && errno != ENOTSUP && errno != EPERM) throw_errno("set attribute " + name);
}

}  // namespace

bool is_private_xattr(const std::string& name) {
  return name.starts_with("trusted.overlay.") || name.starts_with("user.overlay.");
}

void apply(int fd, const Attributes& attributes, bool directory) {
  if (::fchown(fd, attributes.uid, attributes.gid) != 0) throw_errno("change owner");
  if (::fchmod(fd, attributes.mode) != 0) throw_errno("change mode");
  for (const auto& [name, value] : attributes.xattrs)
    check_xattr(::fsetxattr(fd, name.c_str(), value.data(), value.size(), 0), name);
  if (directory || attributes.modified.tv_nsec == UTIME_OMIT) return;
  const timespec times[2] = {attributes.modified, attributes.modified};
  if (::futimens(fd, times) != 0) throw_errno("set time");
}

void apply_at(int parent, const std::string& name, mode_t type, const Attributes& attributes) {
  const UniqueFd made = open_at(parent, name, O_PATH | O_NOFOLLOW);
  struct stat status {};
  if (::fstat(made.get(), &status) != 0) throw_errno("stat " + name);
  if ((status.st_mode & S_IFMT) != type) return;
  if (::fchownat(made.get(), "", attributes.uid, attributes.gid, AT_EMPTY_PATH) != 0)
    throw_errno("change owner of " + name);
  // The link in /proc leads to the file itself, whatever its name is now.
  const std::string self = "/proc/self/fd/" + std::to_string(made.get());
  if (type != S_IFLNK && ::chmod(self.c_str(), attributes.mode) != 0)
    throw_errno("change mode of " + name);
  for (const auto& [key, value] : attributes.xattrs)
    check_xattr(::setxattr(self.c_str(), key.c_str(), value.data(), value.size(), 0), key);
  if (attributes.modified.tv_nsec == UTIME_OMIT) return;
  const timespec times[2] = {attributes.modified, attributes.modified};
  if (::utimensat(AT_FDCWD, self.c_str(), times, 0) != 0) throw_errno("set time of " + name);
}

Attributes read_attributes(int fd) {
  struct stat status {};
  if (::fstat(fd, &status) != 0) throw_errno("stat");
  Attributes result{status.st_uid, status.st_gid, status.st_mode & 07777, status.st_mtim, {}};
  const ssize_t size = ::flistxattr(fd, nullptr, 0);
  if (size <= 0) return result;
  std::string names(static_cast<std::size_t>(size), '\0');
  const ssize_t got = ::flistxattr(fd, names.data(), names.size());
  for (std::size_t at = 0; got > 0 && at < static_cast<std::size_t>(got);) {
    const std::string name(names.c_str() + at);
    at += name.size() + 1;
    const ssize_t length = ::fgetxattr(fd, name.c_str(), nullptr, 0);
    if (length < 0 || is_private_xattr(name)) continue;
    std::string value(static_cast<std::size_t>(length), '\0');
    const ssize_t read = ::fgetxattr(fd, name.c_str(), value.data(), value.size());
    if (read >= 0) {
      value.resize(static_cast<std::size_t>(read));
      result.xattrs.emplace_back(name, std::move(value));
    }
  }
  return result;
}

}  // namespace gantry::oci
