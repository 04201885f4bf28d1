// A container's merged root as an open directory, without a mount that anybody else could see.
#pragma once

#include <sys/types.h>

#include <string>

#include "base/fd.hpp"
#include "roots/root_store.hpp"

namespace gantry::oci {

/// Mounts the root read-only in a mount namespace of its own that lives for this call, and returns
/// the detached mount: it goes when the descriptor is closed. Only while no shim runs the
/// container.
UniqueFd open_stopped_root(const RootStore& roots, const std::string& id);

/// The root that a shim mounted at `rootfs` (absolute) in its mount namespace.
UniqueFd open_running_root(pid_t shim, const std::string& rootfs);

}  // namespace gantry::oci
