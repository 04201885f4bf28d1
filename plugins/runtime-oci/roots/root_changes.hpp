// What a container has changed in its root: its upper directory against the layers below. Reads
// both without mounting anything. Threads: any; a root that changes meanwhile gives one of its
// states.
#pragma once

#include <string>
#include <vector>

#include "base/operation.hpp"
#include "roots/root_store.hpp"

namespace gantry::oci {

struct RootChange {
  enum class Kind { changed = 0, added = 1, removed = 2 };
  std::string path;
  Kind kind = Kind::changed;
};

/// Sorted by path. As Docker has it: a directory is changed when its attributes or times are, or
/// when something in it was added or removed.
std::vector<RootChange> root_changes(const RootStore& roots, const std::string& id,
                                     const Operation& op);

/// The same as a layer's tar (OCI image spec, whiteouts), written to `fd`.
void write_layer(const RootStore& roots, const std::string& id, int fd, const Operation& op);

}  // namespace gantry::oci
