// A descriptor that turns readable when a child process ends (pidfd on Linux, kqueue on Darwin:
// process_exit_<os>.cpp), so that a wait for a child can have a deadline. Any thread. Throws Error.
#pragma once

#include <sys/types.h>

#include "core/base/unique_fd.hpp"

namespace gantry {

/// `pid` must be a child that was not yet reaped.
UniqueFd open_process_exit(pid_t pid);

}  // namespace gantry
