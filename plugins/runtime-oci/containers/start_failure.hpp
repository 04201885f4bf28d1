// The OCI runtime's log of a failed start as the error that Docker's clients know. Pure functions.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/error.hpp"

namespace gantry::oci {

/// `log`: JSON lines of the runtime ({"level","msg"}), or a plain sentence; `program`: what was to
/// be executed. The message is runc's ("runc create failed: unable to start container process: …"),
/// or crun's in runc's words as far as clients go by them; Docker's words around it are the host's.
/// GANTRY_NOT_FOUND for a missing executable, GANTRY_PERMISSION for one that can't be executed,
/// GANTRY_INVALID for a mount of a file on a directory or the reverse, else GANTRY_INTERNAL.
/// Shortened in its middle to what gantry_error holds.
Error start_failure(std::string_view log, std::string_view program);

/// Whether a container's limit of processes (0: none) is one that the OCI runtime's own threads can
/// meet before its process executes the container's program.
bool limits_the_runtime(std::int64_t pids_limit);

/// Whether that is how the start failed: the program was not executed, and another start may
/// succeed. (The words are runc's.)
bool lacked_a_thread(std::string_view log, std::int64_t pids_limit);

/// The last error of the log in the runtime's own words.
std::string last_error(std::string_view log);

}  // namespace gantry::oci
