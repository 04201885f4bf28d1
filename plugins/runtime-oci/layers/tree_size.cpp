#include "layers/tree_size.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <unordered_set>

#include "base/directory.hpp"
#include "base/error.hpp"

namespace gantry::oci {
namespace {

struct Count {
  const Operation& op;
  bool drop_sockets = false;
  std::unordered_set<ino_t> seen = {};  // files with several names
  std::uint64_t bytes = 0;
  unsigned entries = 0;
};

void count_in(int directory, Count& count) {
  for (const std::string& name : entry_names(directory)) {
    if (++count.entries % 1024 == 0) count.op.check();
    struct stat status {};
    if (::fstatat(directory, name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) continue;
    if (S_ISDIR(status.st_mode)) {
      const UniqueFd sub(
          ::openat(directory, name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
      if (sub) {
        count_in(sub.get(), count);
      } else if (errno != ENOENT && errno != ENOTDIR && errno != ELOOP) {
        throw_errno("open " + name);
      }
    } else if (count.drop_sockets && S_ISSOCK(status.st_mode)) {
      if (::unlinkat(directory, name.c_str(), 0) != 0) throw_errno("remove socket " + name);
    } else if (status.st_nlink < 2 || count.seen.insert(status.st_ino).second) {
      count.bytes += static_cast<std::uint64_t>(status.st_size);
    }
  }
}

}  // namespace

std::uint64_t tree_size(int directory, const Operation& op) {
  Count count{op};
  count_in(directory, count);
  return count.bytes;
}

std::uint64_t settle_tree(int directory, const Operation& op) {
  Count count{op, true};
  count_in(directory, count);
  return count.bytes;
}

}  // namespace gantry::oci
