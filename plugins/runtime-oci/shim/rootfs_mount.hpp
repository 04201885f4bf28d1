// The container's root filesystem, mounted where only this shim and its children see it.
#pragma once

#include "../protocol/messages.hpp"
#include "failure.hpp"

namespace gantry::shim {

// Enters a mount namespace of its own, a slave of the host's (what the host mounts or unmounts
// later is seen, nothing goes back), and mounts `request`'s filesystem on <working
// directory>/rootfs.
bool mount_rootfs(const Create& request, Failure& why);

// Frees it while the shim still lives, for the next shim of the same container: two overlay mounts
// must not share an upper directory.
void unmount_rootfs();

}  // namespace gantry::shim
