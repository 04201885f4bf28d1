#include "archive/tree_writer.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <tuple>

#include "base/directory.hpp"
#include "base/error.hpp"

namespace gantry::oci {
namespace {

constexpr int kTries = 100;

}  // namespace

std::string TreeWriter::place_of(const Path& path, std::size_t parts) const {
  std::string place = directory_;
  for (std::size_t i = 0; i < parts; ++i) place += (place.ends_with('/') ? "" : "/") + path[i];
  return place;
}

void TreeWriter::own(Attributes& attributes) const {
  if (options_.owner) std::tie(attributes.uid, attributes.gid) = *options_.owner;
}

// The entry's place in its open parent directory, with whatever has to go for it gone.
TreeWriter::Spot TreeWriter::clear(const Path& path, bool for_directory) {
  const std::string parent_path = place_of(path, path.size() - 1);
  if (!parent_ || parent_path_ != parent_path) {
    parent_ = tree_.make_directories(parent_path);
    parent_path_ = parent_path;
  }
  const std::string& name = path.back();
  struct stat status {};
  if (::fstatat(parent_.get(), name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) {
    if (errno != ENOENT) throw_errno("stat " + place_of(path, path.size()));
    return {parent_.get(), name, false};
  }
  const bool is_directory = S_ISDIR(status.st_mode);
  if (is_directory && for_directory) return {parent_.get(), name, true};
  if (options_.keep_kinds && is_directory != for_directory) {
    const std::string full = '"' + place_of(path, path.size()) + '"';
    const std::string base = '"' + directory_ + '"';
    throw Error(GANTRY_INVALID,
                is_directory
                    ? "cannot overwrite directory " + full + " with non-directory " + base
                    : "cannot overwrite non-directory " + full + " with directory " + base);
  }
  if (is_directory)
    remove_tree(parent_.get(), name);
  else if (::unlinkat(parent_.get(), name.c_str(), 0) != 0 && errno != ENOENT)
    throw_errno("unlinkat " + place_of(path, path.size()));
  return {parent_.get(), name, false};
}

void TreeWriter::make_directory(const Path& path, Attributes attributes) {
  own(attributes);
  const Spot spot = clear(path, true);
  if (!spot.directory && ::mkdirat(spot.parent, spot.name.c_str(), 0700) != 0 && errno != EEXIST)
    throw_errno("mkdir " + place_of(path, path.size()));
  const UniqueFd directory = open_directory(spot.parent, spot.name);
  apply(directory.get(), attributes, true);
  if (attributes.modified.tv_nsec != UTIME_OMIT)
    times_.emplace_back(place_of(path, path.size()), attributes.modified);
}

// `make` puts something that is no directory into a spot; -1 and errno when it can't. Others may
// put theirs there at the same time: the last one wins.
template <class Make>
int TreeWriter::put(const Path& path, const char* what, Make make) {
  for (int tries = 1;; ++tries) {
    const Spot spot = clear(path, false);
    const int made = make(spot.parent, spot.name.c_str());
    if (made != -1) return made;
    if (errno != EEXIST || tries == kTries) throw_errno(what + (" " + place_of(path, path.size())));
  }
}

UniqueFd TreeWriter::open_file(const Path& path) {
  return UniqueFd(put(path, "open", [](int parent, const char* name) {
    return ::openat(parent, name, O_CREAT | O_EXCL | O_WRONLY | O_NOFOLLOW | O_CLOEXEC, 0600);
  }));
}

void TreeWriter::finish_file(int fd, Attributes attributes) const {
  own(attributes);
  apply(fd, attributes, false);
}

void TreeWriter::make_symlink(const Path& path, const std::string& target, Attributes attributes) {
  own(attributes);
  put(path, "symlink",
      [&](int parent, const char* name) { return ::symlinkat(target.c_str(), parent, name); });
  apply_at(parent_.get(), path.back(), S_IFLNK, attributes);
}

void TreeWriter::make_node(const Path& path, mode_t type, dev_t device, Attributes attributes) {
  own(attributes);
  put(path, "mknod",
      [&](int parent, const char* name) { return ::mknodat(parent, name, type | 0600, device); });
  apply_at(parent_.get(), path.back(), type, attributes);
}

void TreeWriter::make_hardlink(const Path& path, const Path& target) {
  const RootedTree::Place from = tree_.find(place_of(target, target.size() - 1), true);
  struct stat status {};
  if (!from.is_directory() ||
      ::fstatat(from.file.get(), target.back().c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0)
    throw Error(GANTRY_INVALID,
                "link " + place_of(target, target.size()) + " " + place_of(path, path.size()) +
                    ": no such file or directory",
                ENOENT);
  put(path, ("link " + place_of(target, target.size())).c_str(), [&](int parent, const char* name) {
    return ::linkat(from.file.get(), target.back().c_str(), parent, name, 0);
  });
}

void TreeWriter::finish() {
  for (auto it = times_.rbegin(); it != times_.rend(); ++it) {
    const RootedTree::Place place = tree_.find(it->first, false);
    if (!place.is_directory()) continue;  // replaced meanwhile
    const timespec times[2] = {it->second, it->second};
    const std::string self = "/proc/self/fd/" + std::to_string(place.file.get());
    if (::utimensat(AT_FDCWD, self.c_str(), times, 0) != 0 && errno != ENOENT)
      throw_errno("set time of " + it->first);
  }
}

}  // namespace gantry::oci
