#include "layers/settle_tree.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <unordered_set>

#include "base/directory.hpp"
#include "base/error.hpp"
#include "base/thread_call.hpp"
#include "layers/entry_path.hpp"
#include "layers/overlay_tree.hpp"

namespace gantry::oci {
namespace {

class Settling {
 public:
  explicit Settling(const Operation& op) : op_(op) {}

  // `lower`: the parts of the merged directory below, empty when there is none.
  void directory(int upper, const std::vector<int>& lower, int depth) {
    if (depth > kMaxDepth)
      throw Error(GANTRY_INVALID, "directories are nested too deeply", ENAMETOOLONG);
    for (const std::string& name : entry_names(upper)) one(upper, lower, name, depth);
  }
  std::uint64_t bytes() const { return bytes_; }

 private:
  void one(int upper, const std::vector<int>& lower, const std::string& name, int depth) {
    if (++entries_ % 1024 == 0) op_.check();
    if (is_reserved(name)) return void(remove_tree(upper, name));
    struct stat status {};
    if (::fstatat(upper, name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0)
      throw_errno("stat " + name);
    if (S_ISDIR(status.st_mode)) {
      const UniqueFd sub = open_directory(upper, name);
      std::vector<UniqueFd> parts;
      if (!lower.empty() && !is_opaque(sub.get())) parts = overlay_step(lower, name).directories;
      return directory(sub.get(), numbers_of(parts), depth + 1);
    }
    const bool hides_nothing =
        is_whiteout(status) &&
        (lower.empty() || overlay_step(lower, name).kind == OverlayStep::Kind::absent);
    if (S_ISSOCK(status.st_mode) || hides_nothing) {
      if (::unlinkat(upper, name.c_str(), 0) != 0) throw_errno("remove " + name);
    } else if (status.st_nlink < 2 || seen_.insert(status.st_ino).second) {
      bytes_ += static_cast<std::uint64_t>(status.st_size);
    }
  }

  const Operation& op_;
  std::unordered_set<ino_t> seen_;  // files with several names
  std::uint64_t bytes_ = 0;
  unsigned entries_ = 0;
};

}  // namespace

std::uint64_t settle_tree(int directory, const std::vector<UniqueFd>& lower, const Operation& op) {
  Settling settling(op);
  // Deep trees need more stack than the caller may have.
  call_on_thread([&] { settling.directory(directory, numbers_of(lower), 0); });
  return settling.bytes();
}

}  // namespace gantry::oci
