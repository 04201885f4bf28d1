// Which host paths a container may bind (docs/config.md, [daemon] allow_host_binds). Looks at the
// disk to follow symbolic links. Any thread.
#pragma once

#include <string>

#include "core/services/world/container_settings.hpp"

namespace gantry::services {

/// Throws Error{permission} when `source` is the host's root, a system directory as a whole, or
/// leads into the engine's own directory, unless the configuration allows it.
void check_bind_source(const std::string& source, const ContainerSettings& settings);

/// Whether the engine's own directory is part of `source`, or `source` of it.
bool meets_engine(const std::string& source, const ContainerSettings& settings);

}  // namespace gantry::services
