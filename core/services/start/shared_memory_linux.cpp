#include <sys/mount.h>

#include <string>

#include "core/base/error.hpp"
#include "core/base/file.hpp"
#include "core/services/start/shared_memory.hpp"

namespace gantry::services {

void mount_shared_memory(const std::filesystem::path& directory, std::int64_t bytes) {
  file::make_directories(directory, 0700);
  const std::string data = "mode=1777,size=" + std::to_string(bytes);
  if (::mount("shm", directory.c_str(), "tmpfs", MS_NOEXEC | MS_NOSUID | MS_NODEV, data.c_str()) !=
      0)
    throw_errno("mount " + directory.string());
}

void unmount_shared_memory(const std::filesystem::path& directory) noexcept {
  ::umount2(directory.c_str(), MNT_DETACH | UMOUNT_NOFOLLOW);
}

}  // namespace gantry::services
