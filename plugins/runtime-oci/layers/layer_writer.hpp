// Puts the entries of one layer into its directory, as root, hardened against hostile archives:
// every step goes from one open directory to the next with O_NOFOLLOW, and a symbolic link in a
// parent is resolved by us inside the merged root (this layer over those below, as the OCI layer
// rules have it), so nothing outside the layer's directory can be reached or changed, whatever the
// archive says.
//
// Directories that the archive leaves out are made like those of the layers below (else 0755 root).
// A later entry of the same name replaces an earlier one; a directory keeps its content.
// Threads: one. Not resumable: after an exception the directory is to be thrown away.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/fd.hpp"
#include "layers/attributes.hpp"
#include "layers/overlay_tree.hpp"

namespace gantry::oci {

class LayerWriter {
 public:
  using Path = std::vector<std::string>;

  /// `lower`: the layers below, topmost first; empty for a base layer.
  LayerWriter(UniqueFd directory, std::vector<UniqueFd> lower);

  /// The root stays as it is: a container's is root's with 0755 whatever its layers say, as with
  /// Docker's overlay2.
  void make_directory(const Path& path, const Attributes& attributes);
  /// Opens the new file for its data; finish_file() ends it. `size` counts.
  UniqueFd open_file(const Path& path);
  void finish_file(int fd, const Attributes& attributes, std::uint64_t size);
  void make_symlink(const Path& path, const std::string& target, const Attributes& attributes);
  /// `type`: S_IFCHR, S_IFBLK or S_IFIFO.
  void make_node(const Path& path, mode_t type, dev_t device, const Attributes& attributes);
  /// The target lies in this layer, or in one below and is copied up, as overlayfs does it.
  /// GANTRY_INVALID when there is no such file.
  void make_hardlink(const Path& path, const Path& target);
  /// Hides `name` of the layers below.
  void make_whiteout(const Path& parent, const std::string& name);
  /// Hides all of the layers below in this directory.
  void make_opaque(const Path& directory);
  /// Sets the times of directories: after the last entry.
  void finish();

  /// Bytes of files and links so far (hard links once).
  std::uint64_t size() const { return size_; }
  /// An entry was replaced: size() counts it as well.
  bool replaced() const { return replaced_; }

 private:
  struct Level {
    std::string requested;  // component of the archive's name
    std::string path;       // where it really lies, "a/b"; "" is the root
    UniqueFd fd;
    bool hides_lower = false;
  };

  Level& enter(const Path& parents);
  Level descend(const Level& parent, const std::string& name, int links);
  Level follow(const Level& parent, const std::string& name, const std::string& target, int links);
  Level reopen(const std::string& path);
  Level create_level(const Level& parent, const std::string& name, bool over_whiteout);
  /// Clears the way for a new entry; true: a whiteout was there.
  bool clear_place(const Level& parent, const std::string& name, bool keep_directory);
  std::optional<OverlayTree::Found> find_lower(const Level& parent, const std::string& name) const;
  void copy_up(const Level& parent, const std::string& name);
  void remember_time(std::string path, const timespec& modified);

  bool has_lower_;
  OverlayTree lower_;
  Level root_;
  std::vector<Level> levels_;  // the last entry's parents: archives come directory by directory
  bool levels_stale_ = false;
  std::vector<std::pair<std::string, timespec>> times_;
  std::uint64_t size_ = 0;
  bool replaced_ = false;
};

}  // namespace gantry::oci
