// Puts entries of an archive into a directory of a RootedTree, hardened against hostile archives
// and hostile containers: parents are looked up inside the tree each time, and every last step is
// made in an open directory without following a link. Threads: one. What was put there before an
// exception stays.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "archive/rooted_tree.hpp"
#include "layers/attributes.hpp"

namespace gantry::oci {

class TreeWriter {
 public:
  using Path = std::vector<std::string>;
  struct Options {
    std::optional<std::pair<uid_t, gid_t>> owner;  // of all entries
    bool keep_kinds = false;  // a directory is not replaced by something else, nor the reverse
  };
  /// `directory`: path in the tree.
  TreeWriter(const RootedTree& tree, std::string directory, Options options)
      : tree_(tree), directory_(std::move(directory)), options_(std::move(options)) {}

  /// Paths are relative to the directory and not empty.
  void make_directory(const Path& path, Attributes attributes);
  /// The new file, for its data; finish_file() ends it.
  UniqueFd open_file(const Path& path);
  void finish_file(int fd, Attributes attributes) const;
  void make_symlink(const Path& path, const std::string& target, Attributes attributes);
  /// `type`: S_IFCHR, S_IFBLK or S_IFIFO.
  void make_node(const Path& path, mode_t type, dev_t device, Attributes attributes);
  void make_hardlink(const Path& path, const Path& target);
  /// Sets the times of directories: after the last entry.
  void finish();

 private:
  struct Spot {
    int parent = -1;
    std::string name;
    bool directory = false;  // one is there and stays
  };
  std::string place_of(const Path& path, std::size_t parts) const;
  Spot clear(const Path& path, bool for_directory);
  template <class Make>
  int put(const Path& path, const char* what, Make make);
  void own(Attributes& attributes) const;

  const RootedTree& tree_;
  const std::string directory_;
  const Options options_;
  std::string parent_path_;  // of the last entry: archives come directory by directory
  UniqueFd parent_;
  std::vector<std::pair<std::string, timespec>> times_;
};

}  // namespace gantry::oci
