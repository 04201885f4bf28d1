// Wire form of networks (behaviours.md 11.2, 11.3). Pure; any thread.
#pragma once

#include <map>
#include <string>

#include "core/domain/network.hpp"
#include "core/json/reader.hpp"
#include "core/json/writer.hpp"

namespace gantry::api {

/// Body of POST /networks/create.
domain::NetworkRequest parse_network_request(const json::Node& body, int api_minor);
/// The object of list and inspect; lists show no members.
void write_network(json::Writer& w, const domain::NetworkRecord& network,
                   const std::map<std::string, domain::NetworkMember>& members, int api_minor);

}  // namespace gantry::api
