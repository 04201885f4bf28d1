#include "layers/layer_writer.hpp"

#include <fcntl.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <cerrno>
#include <climits>

#include "base/directory.hpp"
#include "base/error.hpp"

namespace gantry::oci {
namespace {

std::string joined(const std::string& parent, const std::string& name) {
  return parent.empty() ? name : parent + "/" + name;
}

LayerWriter::Path parents_of(const LayerWriter::Path& path) {
  return {path.begin(), path.end() - 1};
}

std::string link_target(int parent, const std::string& name) {
  std::string target(PATH_MAX, '\0');
  const ssize_t size = ::readlinkat(parent, name.c_str(), target.data(), target.size());
  if (size < 0) throw_errno("read link " + name);
  target.resize(static_cast<std::size_t>(size));
  return target;
}

[[noreturn]] void not_a_directory(const std::string& path) {
  throw Error(GANTRY_INVALID, "invalid layer: \"" + path + "\" is not a directory", ENOTDIR);
}

void copy_data(int from, int to, std::uint64_t size) {
  while (size > 0) {
    const ssize_t sent = ::sendfile(to, from, nullptr, std::min<std::uint64_t>(size, 1u << 20));
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0) throw_errno("copy a file of a lower layer");
    if (sent == 0) return;
    size -= static_cast<std::uint64_t>(sent);
  }
}

}  // namespace

LayerWriter::LayerWriter(UniqueFd directory, std::vector<UniqueFd> lower)
    : has_lower_(!lower.empty()), lower_(std::move(lower)) {
  root_.fd = std::move(directory);
}

std::optional<OverlayTree::Found> LayerWriter::find_lower(const Level& parent,
                                                          const std::string& name) const {
  if (!has_lower_ || parent.hides_lower) return std::nullopt;
  return lower_.find(joined(parent.path, name), false);
}

LayerWriter::Level& LayerWriter::enter(const Path& parents) {
  if (levels_stale_) levels_.clear();
  levels_stale_ = false;
  std::size_t same = 0;
  while (same < levels_.size() && same < parents.size() && levels_[same].requested == parents[same])
    ++same;
  levels_.resize(same);
  for (; same < parents.size(); ++same) {
    Level next = descend(same == 0 ? root_ : levels_.back(), parents[same], 0);
    levels_.push_back(std::move(next));
  }
  return levels_.empty() ? root_ : levels_.back();
}

LayerWriter::Level LayerWriter::descend(const Level& parent, const std::string& name, int links) {
  Level level{name, joined(parent.path, name), {}, parent.hides_lower};
  const int flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
  level.fd.reset(::openat(parent.fd.get(), name.c_str(), flags));
  if (level.fd) {
    if (has_lower_ && !level.hides_lower) level.hides_lower = is_opaque(level.fd.get());
    return level;
  }
  if (errno == ENOENT) {
    const auto below = find_lower(parent, name);
    if (below && S_ISLNK(below->status.st_mode))
      return follow(parent, name, link_target(below->parent.get(), below->name), links);
    return create_level(parent, name, false);
  }
  if (errno != ENOTDIR && errno != ELOOP) throw_errno("open " + level.path);
  struct stat status {};
  if (::fstatat(parent.fd.get(), name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0)
    throw_errno("stat " + level.path);
  if (S_ISLNK(status.st_mode))
    return follow(parent, name, link_target(parent.fd.get(), name), links);
  if (!is_whiteout(status)) not_a_directory(level.path);
  if (::unlinkat(parent.fd.get(), name.c_str(), 0) != 0) throw_errno("remove " + level.path);
  return create_level(parent, name, true);
}

LayerWriter::Level LayerWriter::create_level(const Level& parent, const std::string& name,
                                             bool over_whiteout) {
  Level level{name, joined(parent.path, name), {}, parent.hides_lower};
  if (::mkdirat(parent.fd.get(), name.c_str(), 0700) != 0) throw_errno("mkdir " + level.path);
  level.fd = open_directory(parent.fd.get(), name);
  const auto below = find_lower(parent, name);
  const bool merges = below && below->is_directory();
  if (over_whiteout && merges) {
    set_opaque(level.fd.get());
    level.hides_lower = true;
  }
  Attributes attributes;
  if (merges && !over_whiteout) {
    attributes = read_attributes(below->directories.front().get());
    remember_time(level.path, attributes.modified);
  }
  apply(level.fd.get(), attributes, true);
  return level;
}

LayerWriter::Level LayerWriter::follow(const Level& parent, const std::string& name,
                                       const std::string& target, int links) {
  if (++links > kMaxLinks)
    throw Error(GANTRY_INVALID,
                "invalid layer: too many symbolic links at \"" + joined(parent.path, name) + '"',
                ELOOP);
  Level at = reopen(target.starts_with('/') ? "" : parent.path);
  for (const std::string_view part : split_path(target)) {
    if (part == "..") {
      const std::size_t slash = at.path.rfind('/');
      at = reopen(slash == std::string::npos ? "" : at.path.substr(0, slash));
    } else {
      at = descend(at, std::string(part), links);
    }
  }
  at.requested = name;
  return at;
}

// `path` came from a Level, so its components are directories, not links.
LayerWriter::Level LayerWriter::reopen(const std::string& path) {
  Level at{"", "", duplicate(root_.fd.get()), root_.hides_lower};
  for (const std::string_view part : split_path(path))
    at = descend(at, std::string(part), kMaxLinks);
  return at;
}

bool LayerWriter::clear_place(const Level& parent, const std::string& name, bool keep_directory) {
  struct stat status {};
  if (::fstatat(parent.fd.get(), name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) {
    if (errno == ENOENT) return false;
    throw_errno("stat " + name);
  }
  if (keep_directory && S_ISDIR(status.st_mode)) return false;
  const bool whiteout = is_whiteout(status);
  if (!whiteout) replaced_ = true;
  if (S_ISDIR(status.st_mode)) levels_stale_ = true;  // a cached level may lie inside
  remove_tree(parent.fd.get(), name);
  return whiteout;
}

void LayerWriter::make_directory(const Path& path, const Attributes& attributes) {
  if (path.empty()) return;
  const Level& parent = enter(parents_of(path));
  const bool over_whiteout = clear_place(parent, path.back(), true);
  const bool made = ::mkdirat(parent.fd.get(), path.back().c_str(), 0700) == 0;
  if (!made && errno != EEXIST) throw_errno("mkdir " + path.back());
  const UniqueFd directory = open_directory(parent.fd.get(), path.back());
  if (over_whiteout) set_opaque(directory.get());
  apply(directory.get(), attributes, true);
  remember_time(joined(parent.path, path.back()), attributes.modified);
}

UniqueFd LayerWriter::open_file(const Path& path) {
  const Level& parent = enter(parents_of(path));
  const int flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
  UniqueFd file(::openat(parent.fd.get(), path.back().c_str(), flags, 0600));
  if (file) return file;
  if (errno != EEXIST) throw_errno("create " + path.back());
  clear_place(parent, path.back(), false);
  return open_at(parent.fd.get(), path.back(), flags, 0600);
}

void LayerWriter::finish_file(int fd, const Attributes& attributes, std::uint64_t size) {
  apply(fd, attributes, false);
  size_ += size;
}

void LayerWriter::make_symlink(const Path& path, const std::string& target,
                               const Attributes& attributes) {
  const Level& parent = enter(parents_of(path));
  clear_place(parent, path.back(), false);
  if (::symlinkat(target.c_str(), parent.fd.get(), path.back().c_str()) != 0)
    throw_errno("symlink " + path.back());
  apply_at(parent.fd.get(), path.back(), S_IFLNK, attributes);
  size_ += target.size();
}

void LayerWriter::make_node(const Path& path, mode_t type, dev_t device,
                            const Attributes& attributes) {
  const Level& parent = enter(parents_of(path));
  clear_place(parent, path.back(), false);
  if (::mknodat(parent.fd.get(), path.back().c_str(), type | 0600, device) != 0)
    throw_errno("mknod " + path.back());
  apply_at(parent.fd.get(), path.back(), type, attributes);
}

void LayerWriter::make_hardlink(const Path& path, const Path& target) {
  UniqueFd from;
  {
    const Level& level = enter(parents_of(target));
    struct stat status {};
    if (::fstatat(level.fd.get(), target.back().c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) {
      if (errno != ENOENT) throw_errno("stat " + target.back());
      copy_up(level, target.back());
    } else if (S_ISDIR(status.st_mode)) {
      throw Error(GANTRY_INVALID, "invalid layer: hardlink to directory \"" + target.back() + '"');
    } else if (is_whiteout(status)) {
      throw Error(GANTRY_INVALID, "invalid layer: hardlink to missing \"" + target.back() + '"');
    }
    from = duplicate(level.fd.get());
  }
  const Level& parent = enter(parents_of(path));
  if (path == target) return;
  clear_place(parent, path.back(), false);
  if (::linkat(from.get(), target.back().c_str(), parent.fd.get(), path.back().c_str(), 0) != 0)
    throw_errno("link " + path.back());
}

void LayerWriter::copy_up(const Level& parent, const std::string& name) {
  const auto below = find_lower(parent, name);
  if (!below || !S_ISREG(below->status.st_mode))
    throw Error(GANTRY_INVALID,
                "invalid layer: hardlink to missing \"" + joined(parent.path, name) + '"');
  const UniqueFd from = open_at(below->parent.get(), below->name, O_RDONLY | O_NOFOLLOW);
  const UniqueFd to =
      open_at(parent.fd.get(), name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0600);
  const auto size = static_cast<std::uint64_t>(below->status.st_size);
  copy_data(from.get(), to.get(), size);
  finish_file(to.get(), read_attributes(from.get()), size);
}

void LayerWriter::make_whiteout(const Path& parents, const std::string& name) {
  const Level& parent = enter(parents);
  const auto below = find_lower(parent, name);
  if (!below) return;  // nothing to hide; a stray device would show in unmerged directories
  struct stat status {};
  if (::fstatat(parent.fd.get(), name.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0) {
    // What this layer itself put there stays: a whiteout speaks of the layers below.
    if (!S_ISDIR(status.st_mode) || !below->is_directory()) return;
    set_opaque(open_directory(parent.fd.get(), name).get());
    return;
  }
  if (::mknodat(parent.fd.get(), name.c_str(), S_IFCHR, makedev(0, 0)) != 0)
    throw_errno("whiteout " + name);
}

void LayerWriter::make_opaque(const Path& directory) {
  if (!has_lower_) return;
  if (directory.empty()) {
    // overlayfs merges roots always, so each name gets its own whiteout.
    const auto below = lower_.find("/", false);
    for (const UniqueFd& part : below->directories)
      for (const std::string& name : entry_names(part.get())) make_whiteout(directory, name);
    return;
  }
  Level& level = enter(directory);
  set_opaque(level.fd.get());
  level.hides_lower = true;
}

void LayerWriter::remember_time(std::string path, const timespec& modified) {
  if (modified.tv_nsec != UTIME_OMIT) times_.emplace_back(std::move(path), modified);
}

void LayerWriter::finish() {
  levels_.clear();
  for (const auto& [path, modified] : times_) {
    const UniqueFd directory =
        open_beneath(root_.fd.get(), path, O_RDONLY | O_DIRECTORY, Links::refuse);
    if (!directory) continue;  // replaced by a later entry
    const timespec times[2] = {modified, modified};
    if (::futimens(directory.get(), times) != 0) throw_errno("set time of " + path);
  }
}

}  // namespace gantry::oci
