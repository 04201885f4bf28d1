// What the CDI devices of a container change in its start. Looks at the host's device nodes; any
// thread.
#pragma once

#include "core/devices/cdi_spec.hpp"
#include "core/services/start/start_plan.hpp"

namespace gantry::services {

/// To the plan as it is otherwise complete: nodes and mounts take the place of others at their
/// path. Throws Error{internal} "CDI device injection failed: …" for a node that the host does not
/// have.
void apply_device_edits(const devices::Edits& edits, StartPlan& plan);

}  // namespace gantry::services
