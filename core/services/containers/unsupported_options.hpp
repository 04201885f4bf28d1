// What Docker's create request can ask for and this engine does not do: the one list of it.
// Everything else in HostConfig is honoured. Refused at create, so that no option is ever silently
// ignored.
#pragma once

#include "core/domain/container_request.hpp"
#include "core/services/world/container_settings.hpp"

namespace gantry::services {

/// Throws Error{unsupported} or Error{invalid} that names the field.
void refuse_unsupported(const domain::CreateRequest& request, const ContainerSettings& settings);

}  // namespace gantry::services
