// The OCI process of an exec: the container's own settings with the exec's on top. Pure; any
// thread.
#pragma once

#include <string>
#include <vector>

#include "core/domain/container.hpp"
#include "core/domain/ulimit.hpp"
#include "core/services/base/user_lookup.hpp"
#include "core/services/world/exec_table.hpp"

namespace gantry::services {

/// `links`: variables that the container's links bring. `ulimits`: for what HostConfig does not
/// limit.
std::string exec_process(const domain::ContainerRecord& record, const ExecConfig& config,
                         const ResolvedUser& user, std::uint32_t rows, std::uint32_t columns,
                         const std::vector<std::string>& links,
                         const std::vector<domain::Ulimit>& ulimits);

}  // namespace gantry::services
