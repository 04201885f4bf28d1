// What /proc says of one process.
#pragma once

#include <sys/types.h>

#include <string>

namespace gantry::oci {

/// 0: there is no such process.
pid_t parent_of(pid_t pid);
/// Its words, a NUL behind each; empty when there is no such process.
std::string command_line(pid_t pid);

}  // namespace gantry::oci
