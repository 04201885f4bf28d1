// The working directory of a new container: made in its root when the image has none, so that files
// can be copied there before the container starts. The container's lease is held; nothing has run.
#pragma once

#include "core/domain/container.hpp"
#include "core/services/world/container_world.hpp"

namespace gantry::services {

/// Directories that are missing belong to root. Throws Error{invalid} in Docker's words where
/// something else is in the way. With a runtime that does not look into roots nothing happens.
void make_work_directory(const domain::ContainerRecord& record, pluginhost::Runtime& runtime);

}  // namespace gantry::services
