#include <fcntl.h>
#include <linux/dqblk_xfs.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/quota.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <gantry/cpp/error.hpp>
#include <mutex>

#include "quota.hpp"
#include "unique_fd.hpp"

namespace volume_local {

namespace sdk = gantry::sdk;

namespace {

// Projects from here on, which no /etc/projid is likely to name; what is in use is left alone.
constexpr std::uint32_t kFirstProject = 0x67610000;
constexpr std::uint64_t kBlock = 512;  // of quotactl's XFS calls, whatever the filesystem's own is

class Directory {
 public:
  explicit Directory(std::string path)
      : path_(std::move(path)),
        fd_(::open(path_.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)) {
    if (fd_.get() < 0) throw sdk::os_error("open " + path_);
  }

  const std::string& path() const { return path_; }

  /// False where the filesystem knows no projects.
  bool find_attributes(fsxattr& attributes) const {
    return ::ioctl(fd_.get(), FS_IOC_FSGETXATTR, &attributes) == 0;
  }
  void set_attributes(fsxattr& attributes) const {
    if (::ioctl(fd_.get(), FS_IOC_FSSETXATTR, &attributes) != 0)
      throw sdk::os_error("set project of " + path_);
  }

  /// quotactl(2) on the filesystem the directory lies in: 0 or an errno.
  int quota(int command, std::uint32_t project, void* data) const {
    const auto call = static_cast<unsigned>(QCMD(command, PRJQUOTA));
    if (::syscall(SYS_quotactl_fd, fd_.get(), call, project, data) == 0) return 0;
    if (errno != ENOSYS) return errno;
    struct stat status {};  // before Linux 5.14 it wants the device
    if (::fstat(fd_.get(), &status) != 0) return errno;
    const std::string device = "/dev/block/" + std::to_string(major(status.st_dev)) + ":" +
                               std::to_string(minor(status.st_dev));
    return ::quotactl(static_cast<int>(call), device.c_str(), static_cast<int>(project),
                      static_cast<caddr_t>(data)) == 0
               ? 0
               : errno;
  }

 private:
  const std::string path_;
  const UniqueFd fd_;
};

bool is_enforced(const Directory& directory) {
  fs_quota_statv status{};
  status.qs_version = FS_QSTATV_VERSION1;
  return directory.quota(Q_XGETQSTATV, 0, &status) == 0 &&
         (status.qs_flags & FS_QUOTA_PDQ_ENFD) != 0;
}

void set_limit(const Directory& directory, std::uint32_t project, std::uint64_t bytes) {
  fs_disk_quota limit{};
  limit.d_version = FS_DQUOT_VERSION;
  limit.d_flags = FS_PROJ_QUOTA;
  limit.d_id = project;
  limit.d_fieldmask = FS_DQ_BHARD | FS_DQ_BSOFT;
  limit.d_blk_hardlimit = limit.d_blk_softlimit = bytes / kBlock + (bytes % kBlock != 0);
  if (const int error = directory.quota(Q_XSETQLIM, project, &limit); error != 0)
    throw sdk::os_error("limit the size of " + directory.path(), error);
}

bool is_in_use(const Directory& directory, std::uint32_t project) {
  fs_disk_quota found{};
  const int error = directory.quota(Q_XGETQUOTA, project, &found);
  if (error == ENOENT || error == ESRCH) return false;
  if (error != 0) throw sdk::os_error("look up project quotas at " + directory.path(), error);
  return found.d_icount != 0 || found.d_bcount != 0 || found.d_blk_hardlimit != 0 ||
         found.d_blk_softlimit != 0;
}

/// The project of a directory that was limited before; 0: none, or only its parent's.
std::uint32_t own_project(const Directory& directory, const fsxattr& attributes) {
  if ((attributes.fsx_xflags & FS_XFLAG_PROJINHERIT) == 0) return 0;
  const Directory parent(std::filesystem::path(directory.path()).parent_path().string());
  fsxattr above{};
  if (parent.find_attributes(above) && above.fsx_projid == attributes.fsx_projid) return 0;
  return attributes.fsx_projid;
}

}  // namespace

void limit_directory(const std::string& path, std::uint64_t bytes) {
  static std::mutex choosing;  // a project is in use once it has its limit
  const Directory directory(path);
  fsxattr attributes{};
  if (!directory.find_attributes(attributes) || !is_enforced(directory))
    throw sdk::Error(GANTRY_INVALID, "quota size requested but no quota support");
  const std::lock_guard lock(choosing);
  std::uint32_t project = own_project(directory, attributes);
  const bool first = project == 0;
  if (first)
    for (project = kFirstProject; is_in_use(directory, project);) ++project;
  set_limit(directory, project, bytes);
  if (!first) return;
  attributes.fsx_projid = project;
  attributes.fsx_xflags |= FS_XFLAG_PROJINHERIT;
  try {
    directory.set_attributes(attributes);
  } catch (...) {
    set_limit(directory, project, 0);
    throw;
  }
}

void unlimit_directory(const std::string& path) {
  if (::access(path.c_str(), F_OK) != 0) return;
  const Directory directory(path);
  fsxattr attributes{};
  if (!directory.find_attributes(attributes)) return;
  if (const std::uint32_t project = own_project(directory, attributes);
      project >= kFirstProject && is_enforced(directory))
    set_limit(directory, project, 0);
}

}  // namespace volume_local
