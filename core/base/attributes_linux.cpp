#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <cerrno>
#include <string>

#include "core/base/attributes.hpp"
#include "core/base/error.hpp"

namespace gantry::file {
namespace {

void copy_extended(int from, int to) {
  const ssize_t size = ::flistxattr(from, nullptr, 0);
  if (size <= 0) return;
  std::string names(static_cast<size_t>(size), '\0');
  const ssize_t got = ::flistxattr(from, names.data(), names.size());
  for (size_t at = 0; got > 0 && at < static_cast<size_t>(got);) {
    const std::string name(names.c_str() + at);
    at += name.size() + 1;
    const ssize_t length = ::fgetxattr(from, name.c_str(), nullptr, 0);
    if (length < 0) continue;
    std::string value(static_cast<size_t>(length), '\0');
    if (::fgetxattr(from, name.c_str(), value.data(), value.size()) != length) continue;
    if (::fsetxattr(to, name.c_str(), value.data(), value.size(), 0) != 0 && errno != ENOTSUP &&
        errno != EPERM)
      throw_errno("set attribute " + name);
  }
}

}  // namespace

void copy_attributes(int from, int to) {
  struct stat status {};
  if (::fstat(from, &status) != 0) throw_errno("stat directory");
  if (::fchown(to, status.st_uid, status.st_gid) != 0) throw_errno("change owner of directory");
  if (::fchmod(to, status.st_mode & 07777) != 0) throw_errno("change mode of directory");
  copy_extended(from, to);
}

}  // namespace gantry::file
