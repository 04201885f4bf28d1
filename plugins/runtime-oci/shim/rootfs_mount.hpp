// The container's root filesystem, mounted where only this shim and its children see it.
#pragma once

#include <sys/types.h>

#include "../protocol/messages.hpp"
#include "failure.hpp"

namespace gantry::shim {

// Enters a mount namespace of its own, a slave of the host's (what the host mounts or unmounts
// later is seen, nothing goes back), and mounts `request`'s filesystem on <working
// directory>/rootfs.
bool mount_rootfs(const Create& request, Failure& why);

// Frees it in a child process, whose pid is returned (0: it is done already). The end of an overlay
// mount syncs the whole file system below, which takes as long as anybody has written to it.
pid_t unmount_rootfs();

}  // namespace gantry::shim
