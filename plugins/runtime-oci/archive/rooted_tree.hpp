// A directory tree seen as a container sees it: paths are looked up component by component from one
// open directory to the next, and symbolic links are followed by us inside the tree. Nothing
// outside can be reached, whatever is renamed or replaced meanwhile. Threads: any, one at a time
// per object.
#pragma once

#include <sys/stat.h>

#include <string>
#include <string_view>
#include <vector>

#include "base/fd.hpp"

namespace gantry::oci {

class RootedTree {
 public:
  /// `root`: an open directory (O_PATH suffices).
  explicit RootedTree(UniqueFd root) : root_(std::move(root)) {}

  struct Place {
    /// Without links, "." and "..": "/etc/passwd"; "/" is the root. Where nothing is, the path that
    /// a process would be told is missing.
    std::string path;
    UniqueFd file;  // O_PATH; empty: nothing is there
    struct stat status {};
    bool exists() const { return static_cast<bool>(file); }
    bool is_directory() const { return exists() && S_ISDIR(status.st_mode); }
    bool is_link() const { return exists() && S_ISLNK(status.st_mode); }
  };
  /// `follow`: a link at the end, too; so does a path that ends in "/" or "/.". Throws
  /// GANTRY_INVALID with ELOOP after too many links, with ENOTDIR where something on the way, or
  /// before a final "/", is no directory.
  Place find(std::string_view path, bool follow) const;
  /// Where a path leads to in the end, also when there is nothing.
  std::string resolve(std::string_view path) const;
  /// The directory at `path`; what is missing is made, 0755 and root's. Links are followed.
  UniqueFd make_directories(std::string_view path) const;

  int root() const { return root_.get(); }

 private:
  UniqueFd root_;
};

}  // namespace gantry::oci
