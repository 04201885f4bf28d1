// The container whose namespace another one joins. Any thread.
#pragma once

#include <string>

#include "core/state/container_store.hpp"

namespace gantry::services {

/// What "container:X" of a mode names; it runs. `what`: "network", "PID" or "IPC", for the Error in
/// Docker's words. `joining`: the id of the container that joins.
state::ContainerPtr get_joined(const state::ContainerStore& store, const std::string& joining,
                               const std::string& mode, const std::string& what);

}  // namespace gantry::services
