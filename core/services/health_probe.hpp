// One run of a health check command: output and exit code, with a time limit. Blocks its thread.
#pragma once

#include "core/domain/health_check.hpp"
#include "core/services/container_world.hpp"
#include "core/services/exec.hpp"

namespace gantry::services {

/// The exec's events are published as for any other. Never throws: what goes wrong is the result.
/// nullopt: the container is no longer in the run that began at `started_at`.
std::optional<domain::HealthResult> run_health_probe(const ContainerWorld& world, ExecService& exec,
                                                     const std::string& container_id,
                                                     UnixNanos started_at,
                                                     const domain::HealthCheck& check);

}  // namespace gantry::services
