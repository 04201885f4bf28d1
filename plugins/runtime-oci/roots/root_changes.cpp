#include "roots/root_changes.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <map>
#include <set>

#include "base/directory.hpp"
#include "base/error.hpp"
#include "base/thread_call.hpp"
#include "layers/entry_path.hpp"
#include "layers/overlay_tree.hpp"
#include "tar/tar_writer.hpp"

namespace gantry::oci {
namespace {

using Kind = RootChange::Kind;

std::vector<std::string> sorted_names(int directory) {
  std::vector<std::string> names = entry_names(directory);
  std::sort(names.begin(), names.end());
  return names;
}

bool same_directory(const struct stat& a, const struct stat& b) {
  return a.st_mode == b.st_mode && a.st_uid == b.st_uid && a.st_gid == b.st_gid &&
         a.st_mtim.tv_sec == b.st_mtim.tv_sec && a.st_mtim.tv_nsec == b.st_mtim.tv_nsec;
}

void check_depth(int depth, const std::string& path) {
  if (depth > kMaxDepth)
    throw Error(GANTRY_INVALID, "directories are nested too deeply: " + path, ENAMETOOLONG);
}

class Comparison {
 public:
  explicit Comparison(const Operation& op) : op_(op) {}

  // `lower`: the parts of the merged directory below, empty when there is none.
  void directory(int upper, const std::vector<int>& lower, const std::string& path, int depth) {
    check_depth(depth, path);
    const std::vector<std::string> names = sorted_names(upper);
    if (!lower.empty() && depth > 0 && is_opaque(upper)) {
      // Removed and made again: what was there and is not any more.
      const std::set<std::string> now(names.begin(), names.end());
      for (const int part : lower)
        for (const std::string& name : entry_names(part))
          if (now.count(name) == 0 && overlay_step(lower, name).kind != OverlayStep::Kind::absent)
            note(path + "/" + name, Kind::removed, path);
    }
    for (const std::string& name : names) one(upper, lower, name, path, depth);
  }

  std::vector<RootChange> take() const {
    std::vector<RootChange> changes;
    for (const auto& [path, kind] : changes_) changes.push_back({path, kind});
    return changes;
  }

 private:
  void note(const std::string& path, Kind kind, const std::string& parent) {
    changes_[path] = kind;
    if (kind != Kind::changed && !parent.empty()) changes_.try_emplace(parent, Kind::changed);
  }

  void one(int upper, const std::vector<int>& lower, const std::string& name,
           const std::string& parent, int depth) {
    op_.check();
    struct stat status {};
    if (::fstatat(upper, name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) {
      if (errno == ENOENT) return;
      throw_errno("stat " + parent + "/" + name);
    }
    const std::string path = parent + "/" + name;
    const OverlayStep below = lower.empty() ? OverlayStep{} : overlay_step(lower, name);
    const bool was = below.kind != OverlayStep::Kind::absent;
    if (is_whiteout(status)) {
      if (was) note(path, Kind::removed, parent);
      return;
    }
    const bool both_directories =
        S_ISDIR(status.st_mode) && below.kind == OverlayStep::Kind::directory;
    struct stat lower_status {};
    const bool same = both_directories &&
                      ::fstat(below.directories.front().get(), &lower_status) == 0 &&
                      same_directory(status, lower_status);
    if (!same) note(path, was ? Kind::changed : Kind::added, parent);
    if (!S_ISDIR(status.st_mode)) return;
    const UniqueFd sub = find_at(upper, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
    if (sub) directory(sub.get(), numbers_of(below.directories), path, depth + 1);
  }

  const Operation& op_;
  std::map<std::string, Kind> changes_;
};

class LayerTar {
 public:
  LayerTar(int fd, const Operation& op) : tar_(fd, op) {}

  void directory(int upper, const std::string& prefix, int depth) {
    check_depth(depth, prefix);
    if (depth > 0 && is_opaque(upper)) tar_.add_marker(prefix + ".wh..wh..opq");
    for (const std::string& name : sorted_names(upper)) {
      if (is_reserved(name)) continue;  // it would take away what it is named after
      const UniqueFd file(::openat(upper, name.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC));
      struct stat status {};
      if (!file || ::fstat(file.get(), &status) != 0) {
        if (errno == ENOENT) continue;
        throw_errno("open " + prefix + name);
      }
      if (is_whiteout(status)) {
        tar_.add_marker(prefix + ".wh." + name);
        continue;
      }
      tar_.add(file.get(), status, prefix + name);
      if (!S_ISDIR(status.st_mode)) continue;
      const UniqueFd sub = open_at(file.get(), ".", O_RDONLY | O_DIRECTORY);
      directory(sub.get(), prefix + name + "/", depth + 1);
    }
  }
  void finish() { tar_.finish(); }

 private:
  TarWriter tar_;
};

}  // namespace

std::vector<RootChange> root_changes(const RootStore& roots, const std::string& id,
                                     const Operation& op) {
  const UniqueFd upper = roots.open_upper(id);
  const std::vector<UniqueFd> lower = roots.open_lower(id);
  Comparison comparison(op);
  // Deep trees need more stack than the caller may have.
  call_on_thread([&] { comparison.directory(upper.get(), numbers_of(lower), "", 0); });
  return comparison.take();
}

void write_layer(const RootStore& roots, const std::string& id, int fd, const Operation& op) {
  const UniqueFd upper = roots.open_upper(id);
  // The writer's locale is that of the thread that made it.
  call_on_thread([&] {
    LayerTar tar(fd, op);
    tar.directory(upper.get(), "", 0);
    tar.finish();
  });
}

}  // namespace gantry::oci
