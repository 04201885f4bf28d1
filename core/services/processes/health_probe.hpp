// Starts a run of a health check's command. Any thread; blocks only while the process starts.
#pragma once

#include <optional>
#include <string>

#include "core/base/unique_fd.hpp"
#include "core/domain/health_check.hpp"
#include "core/services/processes/exec.hpp"
#include "core/services/world/container_world.hpp"

namespace gantry::services {

struct HealthProbe {
  std::string exec_id;
  UnixNanos start = 0;
  /// Its output: ends when the process has ended and the exit is in the exec table. Closing it ends
  /// the process half a minute later. Empty: it could not be started, and `failure` says why.
  UniqueFd output;
  domain::HealthResult failure;
};

/// The exec's events are published as for any other. nullopt: the container is no longer in the run
/// that began at `started_at`, or is paused. Never throws.
std::optional<HealthProbe> start_health_probe(const ContainerWorld& world, ExecService& exec,
                                              const std::string& container_id, UnixNanos started_at,
                                              const domain::HealthCheck& check);

}  // namespace gantry::services
