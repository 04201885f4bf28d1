// Several faults of one request as one message, laid out as Docker does. Pure; any thread.
#pragma once

#include <string>
#include <vector>

namespace gantry::domain {

/// Throws Error{invalid} "<head>:\n" and the faults, one per line ("* " before each when there are
/// several). Nothing when there are none.
void throw_faults(const std::string& head, const std::vector<std::string>& faults);

}  // namespace gantry::domain
