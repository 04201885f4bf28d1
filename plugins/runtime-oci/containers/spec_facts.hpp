// What is asked of a container's OCI spec (config.md, config-linux.md). Pure functions; a member of
// another type counts as absent.
#pragma once

#include <cstdint>
#include <string>

#include "base/json.hpp"

namespace gantry::oci {

/// Programs that the OCI runtime has to run at some point of the container's life.
bool has_hooks(const Json& spec);
/// Of processes and threads; 0: none.
std::int64_t pids_limit(const Json& spec);
/// What the container's first process executes; empty: the spec does not say.
std::string program(const Json& spec);

}  // namespace gantry::oci
