// Which containers another one needs running when it starts. Pure; any thread.
#pragma once

#include <string>
#include <vector>

#include "core/domain/container.hpp"

namespace gantry::domain {

/// References (name or id, as the client wrote them) of the containers whose network, process or
/// IPC namespace it joins ("container:x"), and of those it is linked to.
std::vector<std::string> joined_containers(const ContainerRecord& record);

}  // namespace gantry::domain
