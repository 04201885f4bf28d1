// The OCI process of an exec: the container's own settings with the exec's on top. Pure; any
// thread.
#pragma once

#include <string>
#include <vector>

#include "core/domain/container.hpp"
#include "core/services/exec_table.hpp"

namespace gantry::services {

/// `links`: variables that the container's links bring.
std::string exec_process(const domain::ContainerRecord& record, const ExecConfig& config,
                         std::uint32_t rows, std::uint32_t columns,
                         const std::vector<std::string>& links = {});

}  // namespace gantry::services
