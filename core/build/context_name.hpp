// By which name a client's own context is known: however a Dockerfile spells the image that it
// takes the place of. Pure, any thread.
#pragma once

#include <string>
#include <string_view>

namespace gantry::build {

/// "docker.io/library/Alpine:latest" gives "alpine".
std::string context_name(std::string_view name);

}  // namespace gantry::build
