// Namespaces of other containers (NetworkMode, PidMode, IpcMode "container:x") are kept by full id,
// as inspect shows them: the other one may be renamed. Any thread.
#pragma once

#include "core/domain/container_request.hpp"
#include "core/state/container_store.hpp"

namespace gantry::services {

/// At create. Throws Error{invalid} `No such container: X` for PidMode and IpcMode. Whose network
/// is joined may be made later and stays as the client wrote it: the start tells it, as in Docker.
void name_joined_by_id(domain::HostConfig& config, const state::ContainerStore& store);

}  // namespace gantry::services
