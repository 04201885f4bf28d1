// Who carries published ports: the runtime, or this daemon.
#include "core/base/error.hpp"
#include "core/base/log.hpp"
#include "core/services/network_documents.hpp"
#include "core/services/networks_impl.hpp"

namespace gantry::services {
namespace {

std::vector<ports::ForwardedPort> to_forward(const std::vector<domain::PublishedPort>& ports,
                                             const std::string& container_ip) {
  std::vector<ports::ForwardedPort> forwarded;
  for (const domain::PublishedPort& port : ports)
    forwarded.push_back(
        {port.protocol, port.host_ip, port.host_port, container_ip, port.container_port});
  return forwarded;
}

}  // namespace

void Networks::Impl::open_ports(const std::string& container_id, const std::string& container_ip,
                                std::vector<domain::PublishedPort>& ports) {
  if (!runtime.can_publish())
    return forwarder.publish(container_id, to_forward(ports, container_ip));
  const auto numbers =
      published_host_ports(runtime.publish(container_id, publish_document(ports, container_ip)));
  if (numbers.size() != ports.size()) return;
  for (size_t i = 0; i < numbers.size(); ++i) ports[i].host_port = numbers[i];
}

void Networks::Impl::close_ports(const std::string& container_id) {
  if (runtime.can_publish()) return runtime.unpublish(container_id);
  forwarder.unpublish(container_id);
}

void Networks::Impl::reopen_ports(const domain::ContainerRecord& record) {
  if (runtime.can_publish() || record.published.empty()) return;
  const auto endpoint = record.endpoints.find(published_endpoint(record));
  if (endpoint == record.endpoints.end()) return;
  for (const auto& port : to_forward(record.published, published_address(endpoint->second))) {
    try {
      forwarder.publish(record.id, {port});
    } catch (const Error& error) {
      // Somebody took it while we were away.
      log::error("container " + record.id + ": a port is not published any more: " + error.what());
    }
  }
}

}  // namespace gantry::services
