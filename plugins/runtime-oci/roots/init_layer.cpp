#include "roots/init_layer.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

#include "base/error.hpp"
#include "base/fd.hpp"
#include "base/file.hpp"

namespace gantry::oci {

void make_init_layer(const std::string& path) {
  make_directory(path, 0755);
  for (const char* name : {"/dev", "/dev/pts", "/dev/shm", "/etc", "/proc", "/sys"})
    make_directory(path + name, 0755);
  for (const char* name :
       {"/.dockerenv", "/dev/console", "/etc/hostname", "/etc/hosts", "/etc/resolv.conf"})
    open_at(AT_FDCWD, path + name, O_WRONLY | O_CREAT | O_NOFOLLOW, 0755);
  if (::symlink("/proc/mounts", (path + "/etc/mtab").c_str()) != 0 && errno != EEXIST)
    throw_errno("make " + path + "/etc/mtab");
}

}  // namespace gantry::oci
