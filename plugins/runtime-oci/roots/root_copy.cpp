#include "roots/root_copy.hpp"

#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <cerrno>
#include <map>
#include <set>
#include <string>
#include <utility>

#include "base/directory.hpp"
#include "base/error.hpp"
#include "base/thread_call.hpp"
#include "layers/attributes.hpp"
#include "layers/overlay_tree.hpp"
#include "roots/file_content.hpp"

namespace gantry::oci {
namespace {

/// What the merged directory shows; names that a whiteout hides are still in it.
std::set<std::string> merged_names(const std::vector<int>& parts) {
  std::set<std::string> names;
  for (const int part : parts)
    for_each_entry(part, [&](const char* name, unsigned char) { names.emplace(name); });
  return names;
}

/// As overlay_step, cheaper where there is nothing to merge: files are the many.
OverlayStep look(const std::vector<int>& parts, const std::string& name) {
  if (parts.size() > 1) return overlay_step(parts, name);
  OverlayStep step;
  if (::fstatat(parts.front(), name.c_str(), &step.status, AT_SYMLINK_NOFOLLOW) != 0) {
    if (errno == ENOENT) return step;
    throw_errno("stat " + name);
  }
  if (is_whiteout(step.status)) return step;
  if (S_ISDIR(step.status.st_mode)) return overlay_step(parts, name);
  step.kind = OverlayStep::Kind::other;
  step.parent = parts.front();
  return step;
}

/// Attributes of what cannot be opened without side effects: links, devices, fifos, sockets.
Attributes attributes_at(int parent, const std::string& name, const struct stat& status) {
  Attributes result{status.st_uid, status.st_gid, status.st_mode & 07777, status.st_mtim, {}};
  const std::string path = "/proc/self/fd/" + std::to_string(parent) + "/" + name;
  char names[4096];
  const ssize_t size = ::llistxattr(path.c_str(), names, sizeof names);
  for (ssize_t at = 0; at < size;) {
    const std::string key(names + at);
    at += static_cast<ssize_t>(key.size()) + 1;
    char value[4096];
    const ssize_t length = ::lgetxattr(path.c_str(), key.c_str(), value, sizeof value);
    if (length >= 0 && !is_private_xattr(key))
      result.xattrs.emplace_back(key, std::string(value, static_cast<std::size_t>(length)));
  }
  return result;
}

class Copy {
 public:
  Copy(int target, const Operation& op) : top_(target), op_(op) {}

  void directory(const std::vector<UniqueFd>& parts, int target, const std::string& prefix) {
    const std::vector<int> from = numbers_of(parts);
    for (const std::string& name : merged_names(from)) {
      op_.check();
      const OverlayStep step = look(from, name);
      if (step.kind == OverlayStep::Kind::absent) continue;
      ++done_.entries;
      if (step.kind == OverlayStep::Kind::directory)
        subdirectory(step.directories, target, name, prefix + name);
      else
        other(step, target, name, prefix + name);
    }
    const Attributes attributes = read_attributes(from.front());
    apply(target, attributes, true);
    const timespec times[2] = {attributes.modified, attributes.modified};
    if (::futimens(target, times) != 0) throw_errno("set time of " + prefix);
  }

  Copied done() const { return done_; }

 private:
  void subdirectory(const std::vector<UniqueFd>& parts, int target, const std::string& name,
                    const std::string& path) {
    if (::mkdirat(target, name.c_str(), 0700) != 0) throw_errno("make directory " + path);
    const UniqueFd made = open_directory(target, name);
    directory(parts, made.get(), path + "/");
  }

  void other(const OverlayStep& step, int target, const std::string& name,
             const std::string& path) {
    const mode_t type = step.status.st_mode & S_IFMT;
    if (step.status.st_nlink > 1) {
      const auto [first, added] =
          links_.try_emplace({step.status.st_dev, step.status.st_ino}, path);
      if (!added) {
        // Who has the volume mounted already may have moved it, or put a link in its way.
        const UniqueFd file = open_beneath(top_, first->second, O_PATH | O_NOFOLLOW, Links::refuse);
        if (!file || ::linkat(file.get(), "", target, name.c_str(), AT_EMPTY_PATH) != 0)
          throw_errno("link " + path);
        return;
      }
    }
    if (type == S_IFREG) return file(step, target, name, path);
    if (type == S_IFLNK) {
      std::string text(PATH_MAX, '\0');
      const ssize_t size = ::readlinkat(step.parent, name.c_str(), text.data(), text.size());
      if (size < 0) throw_errno("read link " + path);
      text.resize(static_cast<std::size_t>(size));
      if (::symlinkat(text.c_str(), target, name.c_str()) != 0) throw_errno("make link " + path);
    } else if (::mknodat(target, name.c_str(), type | 0600, step.status.st_rdev) != 0) {
      throw_errno("make " + path);
    }
    apply_at(target, name, type, attributes_at(step.parent, name, step.status));
  }

  void file(const OverlayStep& step, int target, const std::string& name, const std::string& path) {
    const UniqueFd from = open_at(step.parent, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
    const UniqueFd to = open_at(target, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0600);
    done_.bytes += copy_content(from.get(), to.get(),
                                static_cast<std::uint64_t>(step.status.st_size), path, op_);
    apply(to.get(), read_attributes(from.get()), false);
  }

  const int top_;
  const Operation& op_;
  Copied done_;
  std::map<std::pair<dev_t, ino_t>, std::string> links_;  // → first path, relative to the top
};

}  // namespace

Copied copy_merged(const std::vector<UniqueFd>& parts, int target, const Operation& op) {
  Copy copy(target, op);
  // Deep trees need more stack than the caller may have.
  call_on_thread([&] { copy.directory(parts, target, ""); });
  return copy.done();
}

}  // namespace gantry::oci
