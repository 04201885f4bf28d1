#include "archive/tree_tar.hpp"

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include <algorithm>
#include <cerrno>

#include "base/directory.hpp"
#include "base/error.hpp"
#include "base/fd.hpp"

#ifndef MQUEUE_MAGIC
#define MQUEUE_MAGIC 0x19800202
#endif

namespace gantry::oci {
namespace {

// Their files are made up by the kernel: without sizes, endless, or different at every look.
bool is_kernels(int directory) {
  struct statfs info {};
  if (::fstatfs(directory, &info) != 0) return false;
  switch (static_cast<unsigned long>(info.f_type)) {
    case PROC_SUPER_MAGIC:
    case SYSFS_MAGIC:
    case CGROUP_SUPER_MAGIC:
    case CGROUP2_SUPER_MAGIC:
    case DEVPTS_SUPER_MAGIC:
    case MQUEUE_MAGIC:
    case DEBUGFS_MAGIC:
    case TRACEFS_MAGIC:
    case SECURITYFS_MAGIC:
    case BPF_FS_MAGIC:
    case BINFMTFS_MAGIC:
      return true;
    default:
      return false;
  }
}

std::string below(const std::string& name, const std::string& entry) {
  if (name.empty()) return entry;
  return name.ends_with('/') ? name + entry : name + "/" + entry;
}

class TarWalk {
 public:
  TarWalk(TarWriter& tar, Crossing crossing) : tar_(tar), crossing_(crossing) {}

  void run(int file, const std::string& name) {
    struct stat status {};
    if (::fstat(file, &status) != 0) throw_errno("stat " + name);
    device_ = status.st_dev;
    if (!S_ISDIR(status.st_mode)) return tar_.add(file, status, name);
    if (!name.empty()) tar_.add(file, status, name);
    entries(open_at(file, ".", O_RDONLY | O_DIRECTORY), name, 0);
  }

 private:
  // One descriptor for each level.
  void entries(const UniqueFd& directory, const std::string& name, int depth) {
    if (depth > kMaxDepth)
      throw Error(GANTRY_INVALID, "directories are nested too deeply: " + name, ENAMETOOLONG);
    std::vector<std::string> names = entry_names(directory.get());
    std::sort(names.begin(), names.end());
    for (const std::string& entry : names) one(directory.get(), entry, below(name, entry), depth);
  }

  void one(int directory, const std::string& entry, const std::string& name, int depth) {
    UniqueFd child(::openat(directory, entry.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC));
    if (!child) {
      if (errno == ENOENT) return;  // gone meanwhile
      throw_errno("open " + name);
    }
    struct stat status {};
    if (::fstat(child.get(), &status) != 0) throw_errno("stat " + name);
    tar_.add(child.get(), status, name);
    if (!S_ISDIR(status.st_mode)) return;
    // Of what is mounted below the device is another one.
    const bool crosses = status.st_dev != device_;
    if (crosses && (crossing_ == Crossing::none || is_kernels(child.get()))) return;
    const UniqueFd sub = open_at(child.get(), ".", O_RDONLY | O_DIRECTORY);
    child.reset();
    entries(sub, name, depth + 1);
  }

  TarWriter& tar_;
  const Crossing crossing_;
  dev_t device_ = 0;
};

}  // namespace

void add_tree(TarWriter& tar, int file, const std::string& name, Crossing crossing) {
  TarWalk(tar, crossing).run(file, name);
}

}  // namespace gantry::oci
