// Decisions about paths of docker cp (behaviours.md 7). Pure; any thread.
#pragma once

#include <string>
#include <string_view>

#include "core/domain/container.hpp"

namespace gantry::domain {

/// The path as absolute and without "..", "." and doubled slashes, but for what stands at its end
/// and means "the directory": "/" or "/.".
std::string archive_path(std::string_view path);

/// Its last element as Go's filepath.Base says it: "/" for the root, "." for "x/.".
std::string archive_name(std::string_view archive_path);

/// Throws Error{invalid} `mounted volume is marked read-only` or `container rootfs is marked
/// read-only` when nothing may be put at `resolved`, a path without links. A running container's
/// tmpfs can be written whatever its root is.
void check_archive_target(const ContainerRecord& record, std::string_view resolved);

}  // namespace gantry::domain
