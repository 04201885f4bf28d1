// Published ports of a container: which host ports, and Docker's words when they are taken.
#include <algorithm>
#include <cerrno>
#include <set>
#include <tuple>

#include "core/base/error.hpp"
#include "core/base/scope_guard.hpp"
#include "core/domain/gateway_choice.hpp"
#include "core/ports/host_ports.hpp"
#include "core/ports/port_request.hpp"
#include "core/services/networks/networks_impl.hpp"

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

/// What is asked for, by the gateway modes of the container's ways out.
struct Split {
  std::vector<ports::PortRequest> translated;  // with host addresses that are
  std::vector<domain::PublishedPort> open;     // at the container's own address
};

Split split_by_mode(const std::vector<ports::PortRequest>& requests,
                    const PublishedAddresses& addresses) {
  Split split;
  for (const ports::PortRequest& request : requests) {
    ports::PortRequest rest = request;
    rest.host_ips.clear();
    for (const std::string& host_ip : request.host_ips) {
      const bool ipv6 = domain::is_ipv6_text(host_ip);
      if (addresses.translates(host_ip)) rest.host_ips.push_back(host_ip);
      // Nothing of the host leads to the other family's address.
      else if (ipv6 == domain::is_ipv6_text(addresses.for_host(host_ip)))
        split.open.push_back(
            {request.container_port, request.protocol, ipv6 ? "::" : "0.0.0.0", 0});
    }
    if (!rest.host_ips.empty()) split.translated.push_back(std::move(rest));
  }
  return split;
}

/// Whether ports that are published are those, on the same addresses of the host.
bool fits(const Split& wanted, const std::vector<domain::PublishedPort>& ports) {
  using Place = std::tuple<int, std::string, std::string, bool>;
  std::multiset<Place> places, there;
  for (const ports::PortRequest& request : wanted.translated)
    for (const std::string& ip : request.host_ips)
      places.emplace(request.container_port, request.protocol, ip, true);
  for (const domain::PublishedPort& port : wanted.open)
    places.emplace(port.container_port, port.protocol, port.host_ip, false);
  for (const domain::PublishedPort& port : ports)
    there.emplace(port.container_port, port.protocol, port.host_ip, port.host_port != 0);
  return places == there;
}

/// By container port, IPv4 first.
bool shown_before(const domain::PublishedPort& a, const domain::PublishedPort& b) {
  const auto place = [](const domain::PublishedPort& port) {
    return std::make_tuple(port.container_port, port.protocol, domain::is_ipv6_text(port.host_ip));
  };
  return place(a) < place(b);
}

std::vector<domain::PublishedPort> without_host_ports(std::vector<domain::PublishedPort> ports) {
  for (domain::PublishedPort& port : ports) port.host_port = 0;
  return ports;
}

/// `now` with just the open addresses that are new, when they are all that has changed.
std::optional<PublishedAddresses> only_opened(const PublishedAddresses& before,
                                              const PublishedAddresses& now) {
  PublishedAddresses added = now;
  for (const std::string& address : before.open)
    if (std::erase(added.open, address) == 0) return std::nullopt;
  PublishedAddresses rest = now;
  rest.open = before.open;
  return rest == before ? std::optional(added) : std::nullopt;
}

std::string taken_by_others(const std::vector<domain::PublishedPort>& ports,
                            const PublishedAddresses& addresses) {
  // Named is the port that cannot be bound now; when all can by now, the first.
  auto culprit = std::find_if(ports.begin(), ports.end(), [](const domain::PublishedPort& p) {
    return p.host_port != 0 && !ports::is_bindable(p.protocol, p.host_ip, p.host_port);
  });
  if (culprit == ports.end()) culprit = ports.begin();
  return "failed to bind host port for " + culprit->host_ip + ":" +
         std::to_string(culprit->host_port) + ":" + addresses.for_host(culprit->host_ip) + ":" +
         std::to_string(culprit->container_port) + "/" + culprit->protocol +
         ": address already in use";
}

}  // namespace

std::string Networks::Impl::published_endpoint(const domain::ContainerRecord& record) const {
  for (const auto family : {domain::IpFamily::v4, domain::IpFamily::v6}) {
    const std::string name = domain::gateway_endpoint(record.endpoints, family);
    if (name.empty()) continue;
    const EntryPtr entry = find_id(record.endpoints.at(name).network_id);
    if (entry && entry->record->driver == "bridge") return name;
  }
  return {};
}

PublishedAddresses Networks::Impl::published_addresses(
    const domain::ContainerRecord& record) const {
  using domain::GatewayMode;
  using domain::IpFamily;
  PublishedAddresses found;
  for (const IpFamily family : {IpFamily::v4, IpFamily::v6}) {
    const bool ipv4 = family == IpFamily::v4;
    const std::string way_out = domain::gateway_endpoint(record.endpoints, family);
    for (const auto& [name, endpoint] : record.endpoints) {
      const std::string& address = ipv4 ? endpoint.ip_address : endpoint.ip6_address;
      const EntryPtr entry = address.empty() ? nullptr : find_id(endpoint.network_id);
      if (!entry || entry->record->driver != "bridge" || entry->record->internal) continue;
      const bool routed = entry->options.mode(family) == GatewayMode::routed;
      if (name == way_out) {
        (ipv4 ? found.v4 : found.v6) = address;
        (ipv4 ? found.routed4 : found.routed6) = routed;
      }
      // Into routed networks there are no other ways; from trusted interfaces it is a further one.
      if (routed || (name == way_out && !entry->options.trusted_interfaces.empty()))
        found.open.push_back(address);
    }
  }
  return found;
}

std::vector<std::string> Networks::Impl::addresses_for_any(const NetworkEntry& entry, bool ipv4) {
  const bool has_ipv6 = [&] {
    std::call_once(host_has_ipv6_once, [&] { host_has_ipv6 = ports::has_ipv6(); });
    return host_has_ipv6;
  }();
  // The host's IPv6 addresses lead to a container's IPv4 address as well; not the other way round.
  if (!ipv4) return has_ipv6 ? std::vector<std::string>{"::"} : std::vector<std::string>{};
  const std::string& own = entry.options.host_binding;
  if (!own.empty() && own != "0.0.0.0") return {own};
  if (has_ipv6) return {"0.0.0.0", "::"};
  return {"0.0.0.0"};
}

void Networks::Impl::publish_ports(domain::ContainerRecord& record,
                                   const std::vector<ports::PortRequest>& requests) {
  check(requests);
  const PublishedAddresses addresses = published_addresses(record);
  const Split split = split_by_mode(requests, addresses);
  const bool only_fixed = std::all_of(split.translated.begin(), split.translated.end(),
                                      [](const ports::PortRequest& r) { return r.fixed(); });
  for (int attempt = 1;; ++attempt) {
    auto chosen = ledger.reserve(record.id, split.translated);
    chosen.insert(chosen.end(), split.open.begin(), split.open.end());
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
    if (!split.open.empty()) std::stable_sort(chosen.begin(), chosen.end(), shown_before);
    record.published = std::move(chosen);
    return;
  }
}

void Networks::Impl::repoint_ports(domain::ContainerRecord& record,
                                   const PublishedAddresses& before) {
  const PublishedAddresses now = published_addresses(record);
  if (now == before) return;
  const std::vector<domain::PublishedPort> old = record.published;
  ScopeGuard back([&] {
    record.published = old;
    restore_ports(record, before);
  });
  const auto opened = only_opened(before, now);
  if (old.empty()) {
    publish_anew(record);
  } else if (opened) {
    // Connections of the ports that stay live on.
    auto own = without_host_ports(old);
    open_ports(record.id, *opened, own);
  } else if (!published_endpoint(record).empty() &&
             fits(split_by_mode(port_requests(record), now), old)) {
    // They keep their numbers.
    close_ports(record.id);
    open_ports(record.id, now, record.published);
  } else {
    close_ports(record.id);
    publish_anew(record);
  }
  back.dismiss();
}

void Networks::Impl::publish_anew(domain::ContainerRecord& record) {
  ledger.release(record.id);
  record.published.clear();
  if (published_endpoint(record).empty()) return;
  if (const auto requests = port_requests(record); !requests.empty())
    publish_ports(record, requests);
}

void Networks::Impl::restore_ports(const domain::ContainerRecord& record,
                                   const PublishedAddresses& addresses) {
  close_ports(record.id);
  ledger.release(record.id);
  if (record.published.empty()) return;
  ledger.adopt(record.id, record.published);
  auto ports = record.published;
  open_ports(record.id, addresses, ports);
}

std::vector<ports::PortRequest> Networks::Impl::port_requests(
    const domain::ContainerRecord& record) {
  const EntryPtr entry = get(record.endpoints.at(published_endpoint(record)).network_id);
  const bool ipv4 = !published_addresses(record).v4.empty();
  return ports::port_requests(record.config, record.host_config, addresses_for_any(*entry, ipv4));
}

void Networks::publish(domain::ContainerRecord& record) {
  Impl& impl = *impl_;
  record.published.clear();
  const std::string network = impl.published_endpoint(record);
  // Host mode, none, another container's stack, internal networks: there is nothing to publish
  // from, and Docker says nothing either.
  if (network.empty()) return;
  const domain::Endpoint& endpoint = record.endpoints.at(network);
  const auto requests = impl.port_requests(record);
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
