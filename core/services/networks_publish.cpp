// Published ports of a container: which host ports, and Docker's words when they are taken.
#include <algorithm>
#include <cerrno>

#include "core/base/error.hpp"
#include "core/base/scope_guard.hpp"
#include "core/domain/gateway_choice.hpp"
#include "core/ports/host_ports.hpp"
#include "core/ports/port_request.hpp"
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
      if (!domain::parse_ip(ip))
        throw Error(Errc::invalid, "invalid host IP address: \"" + ip + "\"");
  }
}

std::string taken_by_others(const std::vector<domain::PublishedPort>& ports,
                            const PublishedAddresses& addresses) {
  // Named is the port that cannot be bound now; when all can by now, the first.
  auto culprit = std::find_if(ports.begin(), ports.end(), [](const domain::PublishedPort& p) {
    return !ports::is_bindable(p.protocol, p.host_ip, p.host_port);
  });
  if (culprit == ports.end()) culprit = ports.begin();
  return "failed to bind host port for " + culprit->host_ip + ":" +
         std::to_string(culprit->host_port) + ":" + addresses.for_host(culprit->host_ip) + ":" +
         std::to_string(culprit->container_port) + "/" + culprit->protocol +
         ": address already in use";
}

}  // namespace

std::string published_endpoint(const domain::ContainerRecord& record) {
  const std::string name = domain::gateway_endpoint(record.endpoints, domain::IpFamily::v4);
  return name.empty() ? domain::gateway_endpoint(record.endpoints, domain::IpFamily::v6) : name;
}

PublishedAddresses published_addresses(const domain::ContainerRecord& record) {
  using domain::IpFamily;
  PublishedAddresses found;
  const auto endpoint = [&](IpFamily family) {
    return record.endpoints.find(domain::gateway_endpoint(record.endpoints, family));
  };
  if (const auto it = endpoint(IpFamily::v4); it != record.endpoints.end())
    found.v4 = it->second.ip_address;
  if (const auto it = endpoint(IpFamily::v6); it != record.endpoints.end())
    found.v6 = it->second.ip6_address;
  return found;
}

const std::string& PublishedAddresses::for_host(const std::string& host_ip) const {
  const bool ipv6 = host_ip.find(':') != std::string::npos;
  return v4.empty() || (ipv6 && !v6.empty()) ? v6 : v4;
}

std::vector<std::string> Networks::Impl::addresses_for_any(const NetworkEntry& entry) {
  const bool has_ipv6 = [&] {
    std::call_once(host_has_ipv6_once, [&] { host_has_ipv6 = ports::has_ipv6(); });
    return host_has_ipv6;
  }();
  // The host's IPv6 addresses lead to a container's IPv4 address as well; not the other way round.
  if (!entry.addresses)
    return has_ipv6 ? std::vector<std::string>{"::"} : std::vector<std::string>{};
  const std::string& own = entry.options.host_binding;
  if (!own.empty() && own != "0.0.0.0") return {own};
  if (has_ipv6) return {"0.0.0.0", "::"};
  return {"0.0.0.0"};
}

void Networks::Impl::publish_ports(domain::ContainerRecord& record,
                                   const std::vector<ports::PortRequest>& requests) {
  check(requests);
  const PublishedAddresses addresses = published_addresses(record);
  const bool only_fixed = std::all_of(requests.begin(), requests.end(),
                                      [](const ports::PortRequest& r) { return r.fixed(); });
  for (int attempt = 1;; ++attempt) {
    auto chosen = ledger.reserve(record.id, requests);
    ScopeGuard undo([&] { ledger.release(record.id); });
    try {
      open_ports(record.id, addresses, chosen);
    } catch (const Error& error) {
      if (error.os_errno() != EADDRINUSE) throw;
      if (only_fixed || attempt == kAttempts)
        throw Error(Errc::internal, taken_by_others(chosen, addresses), EADDRINUSE);
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
  if (published_endpoint(record).empty()) {
    ledger.release(record.id);
    record.published.clear();
    return;
  }
  open_ports(record.id, published_addresses(record), record.published);
}

void Networks::publish(domain::ContainerRecord& record) {
  Impl& impl = *impl_;
  record.published.clear();
  const std::string network = published_endpoint(record);
  // Host mode, none, another container's stack, internal networks: there is nothing to publish
  // from, and Docker says nothing either.
  if (network.empty()) return;
  const domain::Endpoint& endpoint = record.endpoints.at(network);
  const EntryPtr entry = impl.get(endpoint.network_id);
  const auto requests =
      ports::port_requests(record.config, record.host_config, impl.addresses_for_any(*entry));
  if (requests.empty()) return;
  try {
    impl.publish_ports(record, requests);
  } catch (const Error& error) {
    throw Error(error.code(),
                "failed to set up container networking: driver failed programming external "
                "connectivity on endpoint " +
                    record.name + " (" + endpoint.endpoint_id + "): " + error.what(),
                error.os_errno());
  }
}

}  // namespace gantry::services
