// The name of this machine. Any thread.
#pragma once

#include <string>

namespace gantry {

/// Empty when it has none.
std::string host_name();

}  // namespace gantry
