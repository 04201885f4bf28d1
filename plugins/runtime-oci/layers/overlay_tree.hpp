// The merged view of a stack of overlay directories (a container's upper directory over its
// layers), read without mounting anything: looking up /etc/passwd costs some microseconds and needs
// no privileges beyond reading.
//
// It knows what overlayfs knows of whiteouts (character device 0/0) and opaque directories
// (trusted.overlay.opaque = "y"); redirected directories do not occur, our mounts forbid them.
// Symbolic links, absolute ones too, are followed inside the tree, at most 40 of them. Threads:
// any, one at a time per object. A stack that changes meanwhile yields one of its states.
#pragma once

#include <sys/stat.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/fd.hpp"

namespace gantry::oci {

class OverlayTree {
 public:
  /// Topmost first. May be empty: then nothing is found.
  explicit OverlayTree(std::vector<UniqueFd> roots);

  struct Found {
    struct stat status {};
    std::vector<UniqueFd> directories;  // a directory: its parts, topmost first
    UniqueFd parent;                    // anything else: where it lies
    std::string name;
    bool is_directory() const { return S_ISDIR(status.st_mode); }
  };
  /// `path` relative to the root or absolute; ".." does not leave the root. nullopt: not there.
  /// Throws GANTRY_INVALID after too many links.
  std::optional<Found> find(std::string_view path, bool follow_last) const;

 private:
  std::vector<UniqueFd> roots_;
};

/// One lookup in the parts of a merged directory.
struct OverlayStep {
  enum class Kind { absent, directory, other } kind = Kind::absent;
  std::vector<UniqueFd> directories;  // directory
  int parent = -1;                    // other: the part that holds it (borrowed)
  struct stat status {};              // other
};
OverlayStep overlay_step(const std::vector<int>& parts, const std::string& name);

inline bool is_whiteout(const struct stat& status) {
  return S_ISCHR(status.st_mode) && status.st_rdev == 0;
}
bool is_opaque(int directory);
void set_opaque(int directory);

std::vector<std::string_view> split_path(
    std::string_view path);  // without empty and "." components

}  // namespace gantry::oci
