// Writes <bundle>/shim.status (../protocol/status_file.hpp) atomically.
#pragma once

#include <sys/types.h>

#include "../protocol/status_file.hpp"

namespace gantry::shim {

// False when the bundle is gone or its disk is full; the shim goes on all the same.
bool write_status_file(const StatusFile& status);

// Field 22 of /proc/<pid>/stat, in clock ticks since boot; 0 when there is no such process.
std::uint64_t process_start_ticks(pid_t pid);

}  // namespace gantry::shim
