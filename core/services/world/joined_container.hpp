// The container whose namespace another one joins. Any thread.
#pragma once

#include <string>

#include "core/state/container_store.hpp"

namespace gantry::services {

/// What "container:X" of a mode names; it runs. `what`: "network", "PID" or "IPC", for the Error in
/// Docker's words. `joining`: the id of the container that joins.
state::ContainerPtr get_joined(const state::ContainerStore& store, const std::string& joining,
                               const std::string& mode, const std::string& what);

/// The id of the container whose hosts, hostname and resolv.conf it has: its own, or of the one
/// where the "container:" modes end.
std::string network_files_owner(const state::ContainerStore& store,
                                const domain::ContainerRecord& record);

}  // namespace gantry::services
