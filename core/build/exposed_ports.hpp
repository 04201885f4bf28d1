// What EXPOSE names. Pure, any thread. Errors: Error{invalid} in Docker's words.
#pragma once

#include <string>
#include <vector>

namespace gantry::build {

/// Adds "80/tcp" for each port of "80", "53/udp", "8000-8010" that is not among `ports`. A place on
/// the host in front ("8080:80") is no part of an image and left out.
void add_exposed_ports(const std::vector<std::string>& specifications,
                       std::vector<std::string>& ports);

}  // namespace gantry::build
