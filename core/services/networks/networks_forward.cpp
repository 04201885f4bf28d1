// Who carries published ports: the runtime, or this daemon.
#include "core/base/error.hpp"
#include "core/base/log.hpp"
#include "core/services/networks/networks_impl.hpp"

namespace gantry::services {
namespace {

std::vector<ports::ForwardedPort> to_forward(const std::vector<domain::PublishedPort>& ports,
                                             const PublishedAddresses& addresses) {
  std::vector<ports::ForwardedPort> forwarded;
  for (const domain::PublishedPort& port : ports)
    if (port.host_port != 0)
      forwarded.push_back({port.protocol, port.host_ip, port.host_port,
                           addresses.for_host(port.host_ip), port.container_port});
  return forwarded;
}

}  // namespace

void Networks::Impl::open_ports(const std::string& container_id,
                                const PublishedAddresses& addresses,
                                std::vector<domain::PublishedPort>& ports) {
  const bool can_open = settings.open_ports && runtime.can_publish();
  if (!can_open && !services::open_ports(ports, addresses).empty())
    throw Error(Errc::unsupported,
                "this runtime cannot open ports at containers' own addresses (gateway mode routed, "
                "trusted host interfaces)");
  if (!runtime.can_publish()) return forwarder.publish(container_id, to_forward(ports, addresses));
  read_published_ports(runtime.publish(container_id, publish_document(ports, addresses)), ports);
}

void Networks::Impl::close_ports(const std::string& container_id) {
  if (runtime.can_publish()) return runtime.unpublish(container_id);
  forwarder.unpublish(container_id);
}

void Networks::Impl::reopen_ports(const domain::ContainerRecord& record) {
  if (runtime.can_publish() || record.published.empty()) return;
  if (published_endpoint(record).empty()) return;
  for (const auto& port : to_forward(record.published, published_addresses(record))) {
    try {
      forwarder.publish(record.id, {port});
    } catch (const Error& error) {
      // Somebody took it while we were away.
      log::error("container " + record.id + ": a port is not published any more: " + error.what());
    }
  }
}

}  // namespace gantry::services
