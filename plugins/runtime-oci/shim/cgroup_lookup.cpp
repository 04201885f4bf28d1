// Cgroups: from /proc/<pid>/cgroup and the mount table to directories.
#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

#include "../protocol/unique_fd.hpp"
#include "cgroups.hpp"
#include "cut.hpp"

namespace gantry::shim {
namespace {

bool has_word(std::string_view list, std::string_view word) {
  while (!list.empty()) {
    if (cut(list, ',') == word) return true;
  }
  return false;
}

Bytes read_whole_file(const char* path) {
  const UniqueFd fd(::open(path, O_RDONLY | O_CLOEXEC));
  Bytes content;
  char block[4096];
  ssize_t n;
  while (fd && ((n = ::read(fd.get(), block, sizeof block)) > 0 || (n < 0 && errno == EINTR))) {
    if (n > 0) content.append(block, static_cast<std::size_t>(n));
  }
  return content;
}

struct CgroupMount {
  std::string_view root, point, options;
  bool unified = false;
};

// One line of mountinfo (proc(5)): "36 35 98:0 root point rw - type source options".
bool parse_mount(std::string_view line, CgroupMount& mount) {
  for (int i = 0; i < 3; ++i) cut(line, ' ');
  mount.root = cut(line, ' ');
  mount.point = cut(line, ' ');
  while (!line.empty() && cut(line, ' ') != "-") {
  }
  const std::string_view type = cut(line, ' ');
  cut(line, ' ');
  mount.options = line;
  mount.unified = type == "cgroup2";
  return mount.unified || type == "cgroup";
}

// The directory of `path` below one of the mounts of a hierarchy.
bool find_directory(std::string_view mounts, std::string_view controllers, std::string_view path,
                    CgroupDirectory& found) {
  while (!mounts.empty()) {
    CgroupMount mount;
    if (!parse_mount(cut(mounts, '\n'), mount)) continue;
    if (mount.unified != controllers.empty()) continue;
    std::string_view first = controllers;
    if (!mount.unified && !has_word(mount.options, cut(first, ','))) continue;
    // A bind mount shows only what lies below its root.
    std::string_view below = path;
    if (mount.root != "/") {
      if (!path.starts_with(mount.root)) continue;
      below.remove_prefix(mount.root.size());
    }
    found.path.append(mount.point.data(), mount.point.size());
    found.path.append(below.data(), below.size());
    found.path.append("", 1);
    found.unified = mount.unified;
    found.memory = mount.unified || has_word(controllers, "memory");
    found.freezer = mount.unified || has_word(controllers, "freezer");
    return true;
  }
  return false;
}

bool remove_groups(const char* directory, int depth) {
  if (::rmdir(directory) == 0 || errno == ENOENT) return true;
  DIR* entries = errno == EBUSY && depth < 32 ? ::opendir(directory) : nullptr;
  if (entries == nullptr) return false;
  while (const dirent* entry = ::readdir(entries)) {
    if (entry->d_type != DT_DIR || entry->d_name[0] == '.') continue;
    const Path child(directory, "/", std::string_view(entry->d_name));
    if (!child.truncated()) remove_groups(child.c_str(), depth + 1);
  }
  ::closedir(entries);
  return ::rmdir(directory) == 0 || errno == ENOENT;
}

// The path that `text`, of /proc/<pid>/cgroup, says for a hierarchy.
std::string_view path_in(std::string_view text, std::string_view controllers) {
  while (!text.empty()) {
    std::string_view line = cut(text, '\n');
    cut(line, ':');
    if (cut(line, ':') == controllers) return line;
  }
  return {};
}

}  // namespace

void Cgroups::remember(pid_t pid, std::string_view fallback) {
  const Text<64> path("/proc/", pid, "/cgroup");
  text_ = read_whole_file(path.c_str());
  fallback_ = Bytes(fallback);
  directories_.clear();
  resolved_ = false;
}

const std::vector<CgroupDirectory>& Cgroups::directories() {
  if (resolved_) return directories_;
  resolved_ = true;
  const Bytes mounts = read_whole_file("/proc/self/mountinfo");
  const Bytes ours = read_whole_file("/proc/self/cgroup");
  // Reaped already: only which hierarchies there are is known.
  const bool gone = text_.size() == 0;
  std::string_view text = gone ? ours.view() : text_.view();
  while (!text.empty()) {
    std::string_view line = cut(text, '\n');  // "4:memory:/path"
    cut(line, ':');
    const std::string_view controllers = cut(line, ':');
    const std::string_view own_path = path_in(ours.view(), controllers);
    std::string_view path = line;
    CgroupDirectory found;
    if (gone || (path == "/" && fallback_.size() > 0)) {
      path = fallback_.view();
      if (path.empty() || !find_directory(mounts.view(), controllers, path, found)) continue;
      if (::access(found.path.data(), F_OK) != 0) continue;
    } else if (!find_directory(mounts.view(), controllers, path, found)) {
      continue;
    }
    found.own = path != "/" && path != own_path;
    directories_.push_back(std::move(found));
  }
  return directories_;
}

bool Cgroups::remove(std::string_view path) {
  if (path.size() < 2 || path.front() != '/') return false;
  const Bytes mounts = read_whole_file("/proc/self/mountinfo");
  std::string_view text = mounts.view();
  bool gone = true;
  while (!text.empty()) {
    CgroupMount mount;
    if (!parse_mount(cut(text, '\n'), mount)) continue;
    const Path directory(mount.point, path);
    gone = !directory.truncated() && remove_groups(directory.c_str(), 0) && gone;
  }
  return gone;
}

}  // namespace gantry::shim
