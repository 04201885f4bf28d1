#include "archive/rooted_tree.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <deque>

#include "base/directory.hpp"
#include "base/error.hpp"
#include "layers/overlay_tree.hpp"

namespace gantry::oci {
namespace {

// A walk through the tree: the directories on the way to where it is, the root not among them.
class PathWalk {
 public:
  PathWalk(int root, std::string_view path) : root_(root), whole_(path) {
    for (const std::string_view part : split_path(path)) pending_.emplace_back(part);
  }

  bool done() const { return pending_.empty(); }
  std::string take() {
    std::string name = std::move(pending_.front());
    pending_.pop_front();
    return name;
  }
  int here() const { return levels_.empty() ? root_ : levels_.back().fd.get(); }
  void up() {
    if (!levels_.empty()) levels_.pop_back();
  }
  void down(std::string name, UniqueFd fd) { levels_.push_back({std::move(name), std::move(fd)}); }
  std::string path(const std::string& last = {}) const {
    std::string text;
    for (const Level& level : levels_) text += "/" + level.name;
    if (!last.empty()) text += "/" + last;
    return text.empty() ? "/" : text;
  }
  void follow(int link) {
    if (++links_ > kMaxLinks) fail(ELOOP, "too many levels of symbolic links");
    std::string target(PATH_MAX, '\0');
    const ssize_t size = ::readlinkat(link, "", target.data(), target.size());
    // Links of /proc lead nowhere when there is no program behind them: kernel threads' exe.
    if (size < 0 && errno == ENOENT)
      throw Error(GANTRY_NOT_FOUND, "lstat " + whole_ + ": no such file or directory", ENOENT);
    if (size < 0) throw_errno("read link in " + whole_);
    target.resize(static_cast<std::size_t>(size));
    if (target.starts_with('/')) levels_.clear();
    const auto parts = split_path(target);
    pending_.insert(pending_.begin(), parts.begin(), parts.end());
  }
  [[noreturn]] void fail(int os_errno, const char* why) const {
    throw Error(GANTRY_INVALID, "lstat " + whole_ + ": " + why, os_errno);
  }
  /// What is left, as if all of it were directories.
  std::string rest_from(const std::string& missing) {
    down(missing, {});
    while (!done())
      if (std::string name = take(); name == "..")
        up();
      else
        down(std::move(name), {});
    return path();
  }

 private:
  struct Level {
    std::string name;
    UniqueFd fd;
  };
  const int root_;
  const std::string whole_;
  std::deque<std::string> pending_;
  std::vector<Level> levels_;
  int links_ = 0;
};

// O_PATH and never through a link; empty: not there.
UniqueFd look(int directory, const std::string& name) {
  UniqueFd fd(::openat(directory, name.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC));
  if (!fd && errno == ENAMETOOLONG)
    throw Error(GANTRY_INVALID, "lstat " + name + ": file name too long", ENAMETOOLONG);
  if (!fd && errno != ENOENT) throw_errno("open " + name);
  return fd;
}

struct stat status_of(int fd) {
  struct stat status {};
  if (::fstat(fd, &status) != 0) throw_errno("stat");
  return status;
}

bool wants_directory(std::string_view path) {
  return path.ends_with('/') || path.ends_with("/.") || path == ".";
}

}  // namespace

RootedTree::Place RootedTree::find(std::string_view path, bool follow) const {
  PathWalk walk(root_.get(), path);
  const bool directory = wants_directory(path);
  Place place;
  while (!walk.done()) {
    std::string name = walk.take();
    if (name == "..") {
      walk.up();
      continue;
    }
    UniqueFd fd = look(walk.here(), name);
    if (!fd) {
      place.path = walk.rest_from(name);
      return place;
    }
    const struct stat status = status_of(fd.get());
    if (S_ISLNK(status.st_mode) && (follow || directory || !walk.done())) {
      walk.follow(fd.get());
    } else if (S_ISDIR(status.st_mode)) {
      walk.down(std::move(name), std::move(fd));
    } else {
      if (!walk.done() || directory) walk.fail(ENOTDIR, "not a directory");
      place.path = walk.path(name);
      place.file = std::move(fd);
      place.status = status;
      return place;
    }
  }
  place.path = walk.path();
  place.file = duplicate(walk.here());
  place.status = status_of(place.file.get());
  return place;
}

std::string RootedTree::resolve(std::string_view path) const { return find(path, true).path; }

UniqueFd RootedTree::make_directories(std::string_view path) const {
  PathWalk walk(root_.get(), path);
  while (!walk.done()) {
    std::string name = walk.take();
    if (name == "..") {
      walk.up();
      continue;
    }
    UniqueFd fd = look(walk.here(), name);
    if (!fd) {
      if (::mkdirat(walk.here(), name.c_str(), 0755) != 0 && errno != EEXIST)
        throw_errno("make directory " + walk.path(name));
      fd = look(walk.here(), name);
      if (!fd) throw_errno("make directory " + walk.path(name));
    }
    const struct stat status = status_of(fd.get());
    if (S_ISLNK(status.st_mode))
      walk.follow(fd.get());
    else if (S_ISDIR(status.st_mode))
      walk.down(std::move(name), std::move(fd));
    else
      walk.fail(ENOTDIR, "not a directory");
  }
  return duplicate(walk.here());
}

}  // namespace gantry::oci
