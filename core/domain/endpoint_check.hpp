// What a client may ask of an endpoint of a given network, in Docker's words
// (behaviours.md 5.5, 11.5). Pure; any thread.
#pragma once

#include "core/domain/container.hpp"
#include "core/domain/network.hpp"

namespace gantry::domain {

/// Throws Error{invalid} "invalid endpoint settings:" followed by one line per fault,
/// Error{unsupported} naming a field that this engine lacks.
void check_endpoint(const NetworkRecord& network, const Endpoint& endpoint);
/// Names under which others on a user-defined network find the container: name, aliases, short id,
/// hostname, without repetition. nullopt on predefined networks.
std::optional<std::vector<std::string>> dns_names_of(const NetworkRecord& network,
                                                     const ContainerRecord& record,
                                                     const Endpoint& endpoint);

}  // namespace gantry::domain
