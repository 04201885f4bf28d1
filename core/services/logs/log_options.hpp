// LogConfig as the supervisor needs it. Pure; any thread.
#pragma once

#include <cstdint>

#include "core/domain/container.hpp"

namespace gantry::services {

struct LogLimits {
  bool keep = true;             // false: driver none
  std::uint64_t max_bytes = 0;  // 0: never rotated
  std::uint32_t max_files = 1;
};

/// Throws Error{invalid} for sizes and counts that cannot be read.
LogLimits log_limits(const domain::HostConfig& host_config);

/// At create: what log_limits says, and what dockerd refuses beyond it.
void check_log_options(const domain::HostConfig& host_config);

}  // namespace gantry::services
