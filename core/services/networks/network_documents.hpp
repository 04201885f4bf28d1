// The JSON documents about networks that cross the plugin ABI (sdk/include/gantry/ext/network.h and
// gantry/network.h). Pure; any thread.
#pragma once

#include <string>
#include <vector>

#include "core/domain/bridge_options.hpp"
#include "core/domain/container.hpp"
#include "core/domain/network.hpp"
#include "core/services/networks/published_addresses.hpp"

namespace gantry::services {

/// For the data plane.
std::string data_plane_network(const domain::NetworkRecord& network,
                               const domain::BridgeOptions& options);
/// The same with the interface only: for what is left of a network that was removed.
std::string data_plane_bridge(const domain::NetworkRecord& network);
/// Which of the endpoint's gateways are the container's default routes.
struct DefaultRoutes {
  bool v4 = false, v6 = false;
};
std::string data_plane_endpoint(const std::string& network_document,
                                const domain::Endpoint& endpoint, DefaultRoutes routes);
/// mode: private, host or container.
std::string sandbox_document(std::string_view mode, std::string_view container_id,
                             const std::vector<std::string>& endpoint_documents);
/// What Runtime::publish takes: translations of those ports that have a number of the host's, and
/// what is open for others at the container's own addresses.
std::string publish_document(const std::vector<domain::PublishedPort>& ports,
                             const PublishedAddresses& addresses);
/// Fills in the host ports of the runtime's answer to that document.
void read_published_ports(const std::string& answer, std::vector<domain::PublishedPort>& ports);

/// For the name service.
std::string name_service_network(const domain::NetworkRecord& network, bool is_default);
std::string name_service_member(const domain::ContainerRecord& record,
                                const domain::Endpoint& endpoint);

}  // namespace gantry::services
