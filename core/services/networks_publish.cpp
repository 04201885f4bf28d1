// Published ports of a container: which host ports, and Docker's words when they are taken.
#include <algorithm>
#include <cerrno>

#include "core/base/error.hpp"
#include "core/base/scope_guard.hpp"
#include "core/domain/ipv4.hpp"
#include "core/ports/host_ports.hpp"
#include "core/ports/port_request.hpp"
#include "core/services/network_documents.hpp"
#include "core/services/networks_impl.hpp"

namespace gantry::services {
namespace {

/// Numbers that we chose ourselves may be lost to another process between our probe and the
/// runtime's bind: then others are tried, this often.
constexpr int kAttempts = 8;

void check(const std::vector<ports::PortRequest>& requests) {
  for (const ports::PortRequest& request : requests) {
    if (request.protocol != "tcp" && request.protocol != "udp")
      throw Error(Errc::unsupported,
                  "publishing " + request.protocol + " ports is not supported by this engine yet");
    for (const std::string& ip : request.host_ips)
      if (ip.find(':') == std::string::npos && !domain::parse_ipv4(ip))
        throw Error(Errc::invalid, "invalid host IP address: \"" + ip + "\"");
  }
}

std::string taken_by_others(const std::vector<domain::PublishedPort>& ports,
                            const std::string& container_ip) {
  // Named is the port that cannot be bound now; when all can by now, the first.
  auto culprit = std::find_if(ports.begin(), ports.end(), [](const domain::PublishedPort& p) {
    return !ports::is_bindable(p.protocol, p.host_ip, p.host_port);
  });
  if (culprit == ports.end()) culprit = ports.begin();
  return "failed to bind host port for " + culprit->host_ip + ":" +
         std::to_string(culprit->host_port) + ":" + container_ip + ":" +
         std::to_string(culprit->container_port) + "/" + culprit->protocol +
         ": address already in use";
}

}  // namespace

const std::vector<std::string>& Networks::Impl::addresses_for_any(
    const domain::NetworkRecord& network, std::vector<std::string>& own) {
  if (const auto it = network.options.find(kOptionHostIp);
      it != network.options.end() && !it->second.empty() && it->second != "0.0.0.0") {
    own = {it->second};
    return own;
  }
  std::call_once(any_addresses_once, [&] {
    any_addresses = {"0.0.0.0"};
    if (ports::has_ipv6()) any_addresses.emplace_back("::");
  });
  return any_addresses;
}

void Networks::Impl::publish_ports(domain::ContainerRecord& record,
                                   const domain::Endpoint& endpoint,
                                   const std::vector<ports::PortRequest>& requests) {
  check(requests);
  const bool only_fixed = std::all_of(requests.begin(), requests.end(),
                                      [](const ports::PortRequest& r) { return r.fixed(); });
  for (int attempt = 1;; ++attempt) {
    auto chosen = ledger.reserve(record.id, requests);
    ScopeGuard undo([&] { ledger.release(record.id); });
    try {
      open_ports(record.id, endpoint.ip_address, chosen);
    } catch (const Error& error) {
      if (error.os_errno() != EADDRINUSE) throw;
      if (only_fixed || attempt == kAttempts)
        throw Error(Errc::internal, taken_by_others(chosen, endpoint.ip_address), EADDRINUSE);
      continue;
    }
    undo.dismiss();
    record.published = std::move(chosen);
    return;
  }
}

void Networks::Impl::repoint_ports(domain::ContainerRecord& record) {
  if (record.published.empty()) return;
  close_ports(record.id);
  const std::string network = gateway_network(record);
  if (network.empty()) {
    ledger.release(record.id);
    record.published.clear();
    return;
  }
  open_ports(record.id, record.endpoints.at(network).ip_address, record.published);
}

void Networks::publish(domain::ContainerRecord& record) {
  Impl& impl = *impl_;
  record.published.clear();
  const std::string network = impl.gateway_network(record);
  // Host mode, none, another container's stack, internal networks: there is nothing to publish
  // from, and Docker says nothing either.
  if (network.empty()) return;
  const domain::Endpoint& endpoint = record.endpoints.at(network);
  const EntryPtr entry = impl.get(endpoint.network_id);
  std::vector<std::string> own;
  const auto requests = ports::port_requests(record.config, record.host_config,
                                             impl.addresses_for_any(*entry->record, own));
  if (requests.empty()) return;
  try {
    impl.publish_ports(record, endpoint, requests);
  } catch (const Error& error) {
    throw Error(error.code(),
                "failed to set up container networking: driver failed programming external "
                "connectivity on endpoint " +
                    record.name + " (" + endpoint.endpoint_id + "): " + error.what(),
                error.os_errno());
  }
}

}  // namespace gantry::services
