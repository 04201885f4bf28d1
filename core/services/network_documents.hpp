// The JSON documents about networks that cross the plugin ABI (sdk/include/gantry/ext/network.h and
// gantry/network.h). Pure; any thread.
#pragma once

#include <string>
#include <vector>

#include "core/domain/bridge_options.hpp"
#include "core/domain/container.hpp"
#include "core/domain/network.hpp"

namespace gantry::services {

/// For the data plane. `default_mtu`: where the network's options name none.
std::string data_plane_network(const domain::NetworkRecord& network,
                               const domain::BridgeOptions& options, unsigned default_mtu);
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
/// Where a container's published ports lead: its addresses at its ways out, "" where it has none.
struct PublishedAddresses {
  std::string v4, v6;
  /// Of the host address's family where it can be.
  const std::string& for_host(const std::string& host_ip) const;
  bool operator==(const PublishedAddresses&) const = default;
};
PublishedAddresses published_addresses(const domain::ContainerRecord& record);
/// What Runtime::publish takes.
std::string publish_document(const std::vector<domain::PublishedPort>& ports,
                             const PublishedAddresses& addresses);
/// Host ports of the runtime's answer, in the order of the request.
std::vector<int> published_host_ports(const std::string& answer);

/// For the name service.
std::string name_service_network(const domain::NetworkRecord& network, bool is_default);
std::string name_service_member(const domain::ContainerRecord& record,
                                const domain::Endpoint& endpoint);

}  // namespace gantry::services
