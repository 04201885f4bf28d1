// What is found by tools that read Docker's files besides its API, as cAdvisor does: with its
// storage driver overlay2,
//   <root>/image/overlay2/layerdb/mounts/<container>/mount-id   is a text, and
//   <root>/overlay2/<text>/diff                                 what the container has written.
// Here `mounts` is a link to the directories of the containers, and the text leads to the root
// where the runtime keeps it, if that has such a directory. Threads: any.
#pragma once

#include <filesystem>
#include <string>

namespace gantry::services {

/// Makes `mounts` below `root`, the engine's directory. Throws what the file system says.
void link_storage_layout(const std::filesystem::path& root);

/// The text for a container's root that the runtime describes so (rootfs_describe); empty: nothing
/// that could be found so.
std::string mount_id(const std::filesystem::path& root, const std::string& description);

}  // namespace gantry::services
