// The spec's `mounts` array. Pure; any thread.
#pragma once

#include <string>

#include "core/services/start/start_plan.hpp"

namespace gantry::services {

/// Docker's default mounts, each unless a planned mount takes its place, then the planned ones,
/// parents before children.
std::string oci_mounts(const StartPlan& plan, const json::Node& host_config);

/// The `propagation` that the root mount needs for the planned binds ("rprivate" when none asks for
/// more).
std::string root_propagation(const StartPlan& plan);

}  // namespace gantry::services
