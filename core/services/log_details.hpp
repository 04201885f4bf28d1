// What `details=1` prints before each line: labels and variables that the log options `labels` and
// `env` name. Pure; any thread.
#pragma once

#include <string>

#include "core/domain/container.hpp"

namespace gantry::services {

/// "k=v,k2=v2 ", URL-escaped and sorted; a single blank when there is nothing to show.
std::string log_details(const domain::ContainerRecord& record);

}  // namespace gantry::services
