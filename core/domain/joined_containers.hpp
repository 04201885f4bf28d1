// Which containers another one needs running when it starts. Pure; any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/domain/container.hpp"

namespace gantry::domain {

/// X of a network, process or IPC mode "container:X"; nothing for other modes.
std::optional<std::string> joined_container(std::string_view mode);

/// References (name or id, as the client wrote them) of the containers whose network, process or
/// IPC namespace it joins ("container:x"), and of those it is linked to.
std::vector<std::string> joined_containers(const ContainerRecord& record);

}  // namespace gantry::domain
