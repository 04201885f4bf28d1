// [containers] of the configuration as the services take it, with the file that it names.
#pragma once

#include "core/config/config.hpp"
#include "core/services/world/container_defaults.hpp"

namespace gantry::daemon {

/// Throws Error that names the key.
services::ContainerDefaults container_defaults(const config::Containers& containers);

}  // namespace gantry::daemon
