#include <dirent.h>
#include <fcntl.h>
#include <linux/dqblk_xfs.h>
#include <linux/fs.h>
#include <linux/openat2.h>
#include <sys/ioctl.h>
#include <sys/quota.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <cerrno>
#include <gantry/cpp/error.hpp>
#include <memory>
#include <random>
#include <string_view>
#include <vector>

#include "quota.hpp"
#include "unique_fd.hpp"

namespace quota {

namespace sdk = gantry::sdk;

namespace {

// Chosen at random among these, which no /etc/projid is likely to name: other engines on the same
// filesystem choose as well.
constexpr std::uint32_t kFirstProject = 0x4000'0000, kLastProject = 0x7fff'ffff;
constexpr std::size_t kDeepest = 256;  // levels of directories, each with a descriptor
constexpr std::uint64_t kBlock = 512;  // of quotactl's XFS calls, whatever the filesystem's own is

UniqueFd open_directory(const std::string& path) {
  UniqueFd fd(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (fd.get() < 0) throw sdk::os_error("open " + path);
  return fd;
}

/// quotactl(2) on the filesystem that the directory lies in: 0 or an errno.
int control(const UniqueFd& directory, int command, std::uint32_t project, void* data) {
  const auto call = static_cast<unsigned>(QCMD(command, PRJQUOTA));
  if (::syscall(SYS_quotactl_fd, directory.get(), call, project, data) == 0) return 0;
  if (errno != ENOSYS) return errno;
  struct stat status {};  // before Linux 5.14 it wants the device
  if (::fstat(directory.get(), &status) != 0) return errno;
  const std::string device = "/dev/block/" + std::to_string(major(status.st_dev)) + ":" +
                             std::to_string(minor(status.st_dev));
  return ::quotactl(static_cast<int>(call), device.c_str(), static_cast<int>(project),
                    static_cast<caddr_t>(data)) == 0
             ? 0
             : errno;
}

int set_limit(const UniqueFd& directory, std::uint32_t project, std::uint64_t bytes) {
  fs_disk_quota limit{};
  limit.d_version = FS_DQUOT_VERSION;
  limit.d_flags = FS_PROJ_QUOTA;
  limit.d_id = project;
  limit.d_fieldmask = FS_DQ_BHARD | FS_DQ_BSOFT;
  limit.d_blk_hardlimit = limit.d_blk_softlimit = bytes / kBlock + (bytes % kBlock != 0);
  return control(directory, Q_XSETQLIM, project, &limit);
}

/// All zero when nothing is known of the project.
fs_disk_quota look_up(const UniqueFd& directory, std::uint32_t project, const std::string& path) {
  fs_disk_quota found{};
  const int error = control(directory, Q_XGETQUOTA, project, &found);
  if (error == ENOENT || error == ESRCH) return {};
  if (error != 0) throw sdk::os_error("look up project quotas at " + path, error);
  return found;
}

bool has_files(const fs_disk_quota& found) { return found.d_icount != 0 || found.d_bcount != 0; }

bool is_in_use(const UniqueFd& directory, std::uint32_t project, const std::string& path) {
  const fs_disk_quota found = look_up(directory, project, path);
  return has_files(found) || found.d_blk_hardlimit != 0 || found.d_blk_softlimit != 0;
}

void join(const UniqueFd& file, std::uint32_t project, const std::string& path) {
  fsxattr attributes{};
  struct stat status {};
  if (::ioctl(file.get(), FS_IOC_FSGETXATTR, &attributes) != 0 || ::fstat(file.get(), &status) != 0)
    throw sdk::os_error("look up the project of a file in " + path);
  attributes.fsx_projid = project;
  if (S_ISDIR(status.st_mode)) attributes.fsx_xflags |= FS_XFLAG_PROJINHERIT;
  if (::ioctl(file.get(), FS_IOC_FSSETXATTR, &attributes) != 0)
    throw sdk::os_error("set the project of a file in " + path);
}

struct CloseDirectory {
  void operator()(DIR* directory) const { ::closedir(directory); }
};
using Listing = std::unique_ptr<DIR, CloseDirectory>;

Listing list(const UniqueFd& directory, const std::string& path) {
  UniqueFd fd(::openat(directory.get(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  Listing entries(fd.get() < 0 ? nullptr : ::fdopendir(fd.get()));
  if (!entries) throw sdk::os_error("read " + path);
  fd.release();
  return entries;
}

/// What open_entry() says of a file that is gone or replaced meanwhile, or has something mounted on
/// it. Anything else would leave files outside of the project.
bool is_no_file_of_ours(int error) {
  return error == ENOENT || error == ELOOP || error == EXDEV || error == ENXIO;
}

/// A file or directory, and neither what a link points to nor what is mounted there.
UniqueFd open_entry(DIR* directory, const char* name) {
  open_how how{};
  how.flags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC;
  how.resolve = RESOLVE_NO_SYMLINKS | RESOLVE_NO_XDEV;
  return UniqueFd(
      static_cast<int>(::syscall(SYS_openat2, ::dirfd(directory), name, &how, sizeof how)));
}

/// Everything below, while others may be changing it.
void join_below(const UniqueFd& directory, std::uint32_t project, const std::string& path) {
  std::vector<Listing> open;
  open.push_back(list(directory, path));
  while (!open.empty()) {
    errno = 0;
    const dirent* entry = ::readdir(open.back().get());
    if (entry == nullptr && errno != 0) throw sdk::os_error("read " + path);
    if (entry == nullptr) {
      open.pop_back();
      continue;
    }
    const std::string_view name = entry->d_name;
    // Devices, sockets and links have no room of their own to speak of, and opening may act on
    // them.
    const bool candidate =
        entry->d_type == DT_DIR || entry->d_type == DT_REG || entry->d_type == DT_UNKNOWN;
    if (name == "." || name == ".." || !candidate) continue;
    const UniqueFd file = open_entry(open.back().get(), entry->d_name);
    if (file.get() < 0 && is_no_file_of_ours(errno)) continue;
    struct stat status {};
    if (file.get() < 0 || ::fstat(file.get(), &status) != 0)
      throw sdk::os_error("open a file in " + path);
    if (!S_ISDIR(status.st_mode) && !S_ISREG(status.st_mode)) continue;
    join(file, project, path);
    if (!S_ISDIR(status.st_mode)) continue;
    if (open.size() == kDeepest)
      throw sdk::Error(GANTRY_INVALID, "directories are nested too deeply in " + path);
    open.push_back(list(file, path));
  }
}

}  // namespace

bool is_enforced(const std::string& path) {
  const UniqueFd directory = open_directory(path);
  fs_quota_statv status{};
  status.qs_version = FS_QSTATV_VERSION1;
  return control(directory, Q_XGETQSTATV, 0, &status) == 0 &&
         (status.qs_flags & FS_QUOTA_PDQ_ENFD) != 0;
}

std::uint32_t find_free_project(const std::string& path) {
  const UniqueFd directory = open_directory(path);
  std::random_device random;
  std::uniform_int_distribution<std::uint32_t> any(kFirstProject, kLastProject);
  for (;;)
    if (const std::uint32_t project = any(random); !is_in_use(directory, project, path))
      return project;
}

bool has_files(const std::string& path, std::uint32_t project) {
  return has_files(look_up(open_directory(path), project, path));
}

void limit_project(const std::string& path, std::uint32_t project, std::uint64_t bytes) {
  const UniqueFd directory = open_directory(path);
  if (const int error = set_limit(directory, project, bytes); error != 0)
    throw sdk::os_error("limit the size of " + path, error);
}

std::uint32_t project_of(const std::string& path) {
  const UniqueFd directory = open_directory(path);
  fsxattr attributes{};
  const bool known = ::ioctl(directory.get(), FS_IOC_FSGETXATTR, &attributes) == 0;
  return known && (attributes.fsx_xflags & FS_XFLAG_PROJINHERIT) != 0 ? attributes.fsx_projid : 0;
}

void join_project(const std::string& path, std::uint32_t project) {
  const UniqueFd directory = open_directory(path);
  join_below(directory, project, path);
  join(directory, project, path);  // last: it says that all is done
}

void release_project(const std::string& path, std::uint32_t project) noexcept {
  const int fd = ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return;
  const UniqueFd directory(fd);
  set_limit(directory, project, 0);
}

}  // namespace quota
