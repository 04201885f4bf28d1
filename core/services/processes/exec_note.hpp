// What the next daemon is to know of an exec: its supervisor keeps it. Any thread.
#pragma once

#include <string>

#include "core/services/world/exec_table.hpp"

namespace gantry::services {

/// Empty when it would be larger than a supervisor keeps (gantry/ext/exec.h).
std::string exec_note(const ExecConfig& config);
/// As far as the note tells.
ExecConfig config_of_note(const std::string& note);

}  // namespace gantry::services
