// Disk usage of a container's root (SizeRw, SizeRootFs). Asks the runtime; any thread.
#pragma once

#include <cstdint>
#include <string>

#include "core/pluginhost/runtime.hpp"

namespace gantry::services {

struct ContainerUsage {
  std::uint64_t rw = 0;     // bytes the container itself wrote
  std::uint64_t total = 0;  // with its image
};

/// Zeros when the runtime cannot tell (the container is being removed).
ContainerUsage container_usage(pluginhost::Runtime& runtime, const std::string& container_id);

}  // namespace gantry::services
