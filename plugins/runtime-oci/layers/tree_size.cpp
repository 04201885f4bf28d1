#include "layers/tree_size.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>
#include <unordered_set>

#include "base/directory.hpp"
#include "base/error.hpp"
#include "base/thread_call.hpp"

namespace gantry::oci {
namespace {

struct Count {
  const Operation& op;
  std::unordered_set<ino_t> seen = {};  // files with several names
  std::uint64_t bytes = 0;
  unsigned entries = 0;
};

void count_in(int directory, Count& count, int depth) {
  if (depth > kMaxDepth) return;
  for (const std::string& name : entry_names(directory)) {
    if (++count.entries % 1024 == 0) count.op.check();
    struct stat status {};
    if (::fstatat(directory, name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) continue;
    if (S_ISDIR(status.st_mode)) {
      const UniqueFd sub(
          ::openat(directory, name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
      if (sub) {
        count_in(sub.get(), count, depth + 1);
      } else if (errno != ENOENT && errno != ENOTDIR && errno != ELOOP) {
        throw_errno("open " + name);
      }
    } else if (status.st_nlink < 2 || count.seen.insert(status.st_ino).second) {
      count.bytes += static_cast<std::uint64_t>(status.st_size);
    }
  }
}

}  // namespace

std::uint64_t tree_size(int directory, const Operation& op) {
  Count count{op};
  // Deep trees need more stack than the caller may have.
  call_on_thread([&] { count_in(directory, count, 0); });
  return count.bytes;
}

}  // namespace gantry::oci
