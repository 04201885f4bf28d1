// A container's files as one tree, with its mounts in place: of a running container what its first
// process sees, of another one its root with what would be mounted. No mount is ever visible to
// anybody else, and all of them go with this object. Threads: any, one at a time per object.
#pragma once

#include <sys/types.h>

#include <functional>
#include <string>
#include <vector>

#include "archive/rooted_tree.hpp"
#include "base/fd.hpp"
#include "roots/root_store.hpp"

namespace gantry::oci {

/// What gantry/ext/archive.h calls "mounts".
struct ViewMount {
  std::string source, destination;
  bool read_only = false;
  bool recursive = true;
  std::string below{};  // relative path inside the source; empty: all of it
  std::string image{};  // instead of a source: the root whose image it is
};

class ContainerView {
 public:
  /// `pid`: the container's first process. GANTRY_CONFLICT when it is gone.
  static ContainerView running(pid_t pid);
  enum class Access { read, write };
  /// Only while nothing runs on the root; with Access::write the caller keeps others away. For
  /// Access::read the container's root is not touched, and may even be changed meanwhile.
  static ContainerView stopped(const RootStore& roots, const std::string& id,
                               const std::vector<ViewMount>& mounts, Access access);
  /// For reading: without what every container has besides its image.
  static ContainerView image(const RootStore& roots, const std::string& id);

  const RootedTree& tree() const { return tree_; }

 private:
  static ContainerView mounted(const RootStore& roots, const std::function<std::string()>& mount,
                               const std::vector<ViewMount>& mounts, const std::string& id);
  ContainerView(UniqueFd mount_namespace, UniqueFd root)
      : mount_namespace_(std::move(mount_namespace)), tree_(std::move(root)) {}

  // Keeps what is mounted in the tree in its place, should the container end meanwhile.
  UniqueFd mount_namespace_;
  RootedTree tree_;
};

}  // namespace gantry::oci
