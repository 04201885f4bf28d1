// Labels and variables that the log options `labels` and `env` name: what log drivers add to each
// line, and `details=1` prints before it. Pure; any thread.
#pragma once

#include <map>
#include <string>

#include "core/domain/container.hpp"

namespace gantry::services {

/// Those labels and variables.
std::map<std::string, std::string> log_attributes(const domain::ContainerRecord& record);
/// "k=v,k2=v2 ", URL-escaped and sorted, of `json-file` its tag as well; a single blank when there
/// is nothing to show.
std::string log_details(const domain::ContainerRecord& record);

}  // namespace gantry::services
