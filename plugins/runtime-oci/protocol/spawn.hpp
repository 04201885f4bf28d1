// Starting a supervisor.
//
// All shims run from one sealed, anonymous copy of the binary (memfd): their pages are shared, and
// no process in a container can reach a writable file behind /proc/<pid>/exe (the runc escape of
// 2019). Thread-safe. Errors: ShimError.
#pragma once

#include <sys/types.h>

#include <string>

#include "unique_fd.hpp"

namespace gantry::shim {

// A sealed copy of the file at `path`. Make it once when the plugin starts, and keep it.
// The OCI runtime's binary may be kept the same way (SpawnOptions::runtime).
UniqueFd make_sealed_binary(const std::string& path);

struct SpawnOptions {
  int binary = -1;     // from make_sealed_binary
  std::string bundle;  // existing directory, 0700, absolute
  std::string id;      // shown in the process list: "gantry-shim <id>"
  int netns = -1;      // the container's own network namespace, or -1
  int runtime = -1;    // sealed binary of the OCI runtime for Create::runtime_is_fd, or -1
};

// Starts a shim, detached from the caller (own session, child of init). The result is the creating
// connection: wrap it in a Client, send `create`, then hand release() to Subscriptions.
UniqueFd spawn(const SpawnOptions& options);

}  // namespace gantry::shim
