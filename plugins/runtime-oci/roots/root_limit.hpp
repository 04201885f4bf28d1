// How much a container may write to its root: a project of the filesystem (quota.hpp) that the
// root's directories are in. It is on record beside them, because what a file counts for is the
// container's to change:
//   <root>/limit    symbolic link whose target is "<project>:<bytes>"
// `root`: absolute path. One thread at a time for one root.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace gantry::oci {

struct RootLimit {
  std::uint32_t project = 0;  // 0: has none yet
  std::uint64_t bytes = 0;

  std::string text() const;
  /// nullopt: not as text() writes it.
  static std::optional<RootLimit> parse(std::string_view text);
};

/// nullopt: the root may take what the filesystem has. Throws when there is a record that cannot be
/// read.
std::optional<RootLimit> find_root_limit(const std::string& root);

/// Limits a new root. When it fails the record may be there: release_root_limit() first, then
/// remove the root. GANTRY_INVALID, in dockerd's words, where no project quotas are in force.
void limit_root(const std::string& root, std::uint64_t bytes);

/// Before a limited root is used: quotas may have been off since, the tree restored from a copy, or
/// the container have put it into another project. Errors: as limit_root.
void keep_root_limit(const std::string& root);

/// Keeps the limit of a root that is mounted for writing meanwhile. Overlayfs makes a directory
/// then, and what has no room for it is mounted read-only: so that a full root can be used again,
/// it has no limit until the mount is there. Nothing else may write to it.
class RoomToMount {
 public:
  explicit RoomToMount(std::string root);
  ~RoomToMount();  // as end(), as far as that can be done
  RoomToMount(const RoomToMount&) = delete;
  RoomToMount& operator=(const RoomToMount&) = delete;

  /// Errors: as limit_root.
  void end();

 private:
  const std::string root_;
  bool lifted_ = false;
};

/// The project on record is another root's: this one gets its own when it is used.
void disown_root_project(const std::string& root);

/// Whether the project on a root's record is its own, and not that of a root it is a copy of. What
/// overlayfs works in tells: no container can reach it, and a copy's is in no project.
bool owns_root_project(const std::string& root, std::uint32_t project);

/// Takes the limit off, as far as that can be done. A copy has none to take off.
void release_root_limit(const std::string& root) noexcept;

}  // namespace gantry::oci
