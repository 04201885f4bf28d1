#include "layers/overlay_tree.hpp"

#include <fcntl.h>
#include <limits.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <cerrno>
#include <deque>

#include "base/directory.hpp"
#include "base/error.hpp"

namespace gantry::oci {
namespace {

constexpr char kOpaque[] = "trusted.overlay.opaque";

std::string read_link(int parent, const std::string& name) {
  std::string target(PATH_MAX, '\0');
  const ssize_t size = ::readlinkat(parent, name.c_str(), target.data(), target.size());
  if (size < 0) throw_errno("read link " + name);
  target.resize(static_cast<std::size_t>(size));
  return target;
}

}  // namespace

bool is_opaque(int directory) {
  char value = 0;
  return ::fgetxattr(directory, kOpaque, &value, 1) == 1 && value == 'y';
}

void set_opaque(int directory) {
  if (::fsetxattr(directory, kOpaque, "y", 1, 0) != 0) throw_errno("mark directory opaque");
}

std::vector<std::string_view> split_path(std::string_view path) {
  std::vector<std::string_view> parts;
  while (!path.empty()) {
    const std::string_view part = path.substr(0, path.find('/'));
    path.remove_prefix(part.size() < path.size() ? part.size() + 1 : part.size());
    if (!part.empty() && part != ".") parts.push_back(part);
  }
  return parts;
}

OverlayStep overlay_step(const std::vector<int>& parts, const std::string& name) {
  OverlayStep step;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    UniqueFd directory(
        ::openat(parts[i], name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (directory) {
      step.kind = OverlayStep::Kind::directory;
      const bool last = i + 1 == parts.size();
      step.directories.push_back(std::move(directory));
      if (!last && is_opaque(step.directories.back().get())) return step;
      continue;
    }
    if (errno == ENOENT) continue;
    if (errno != ENOTDIR && errno != ELOOP) throw_errno("open " + name);
    // Not a directory: it hides what lies below, and ends a merged directory above it.
    if (step.kind == OverlayStep::Kind::directory) return step;
    if (::fstatat(parts[i], name.c_str(), &step.status, AT_SYMLINK_NOFOLLOW) != 0) {
      if (errno == ENOENT) continue;
      throw_errno("stat " + name);
    }
    if (is_whiteout(step.status)) return step;
    step.kind = OverlayStep::Kind::other;
    step.parent = parts[i];
    return step;
  }
  return step;
}

OverlayTree::OverlayTree(std::vector<UniqueFd> roots) : roots_(std::move(roots)) {}

std::optional<OverlayTree::Found> OverlayTree::find(std::string_view path, bool follow_last) const {
  if (roots_.empty()) return std::nullopt;
  std::deque<std::string> pending;
  for (const std::string_view part : split_path(path)) pending.emplace_back(part);
  // stack[i]: the merged directory after i components; the root itself is not in it.
  std::vector<std::vector<UniqueFd>> stack;
  int links = 0;
  while (!pending.empty()) {
    const std::string name = std::move(pending.front());
    pending.pop_front();
    if (name == "..") {
      if (!stack.empty()) stack.pop_back();
      continue;
    }
    if (name.size() > NAME_MAX) return std::nullopt;
    OverlayStep step = overlay_step(numbers_of(stack.empty() ? roots_ : stack.back()), name);
    if (step.kind == OverlayStep::Kind::absent) return std::nullopt;
    if (step.kind == OverlayStep::Kind::directory) {
      stack.push_back(std::move(step.directories));
      continue;
    }
    if (S_ISLNK(step.status.st_mode) && (!pending.empty() || follow_last)) {
      if (++links > kMaxLinks)
        throw Error(GANTRY_INVALID, "too many symbolic links in " + std::string(path), ELOOP);
      const std::string target = read_link(step.parent, name);
      if (target.starts_with('/')) stack.clear();
      const auto parts = split_path(target);
      pending.insert(pending.begin(), parts.begin(), parts.end());
      continue;
    }
    if (!pending.empty()) return std::nullopt;
    Found found;
    found.status = step.status;
    found.parent = duplicate(step.parent);
    found.name = name;
    return found;
  }
  Found found;
  const std::vector<UniqueFd>& parts = stack.empty() ? roots_ : stack.back();
  if (::fstat(parts.front().get(), &found.status) != 0) throw_errno("stat directory");
  for (const UniqueFd& part : parts) found.directories.push_back(duplicate(part.get()));
  return found;
}

}  // namespace gantry::oci
