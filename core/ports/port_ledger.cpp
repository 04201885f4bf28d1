#include "core/ports/port_ledger.hpp"

#include <algorithm>

#include "core/base/error.hpp"
#include "core/base/scope_guard.hpp"

namespace gantry::ports {
namespace {

bool is_ipv6(const std::string& address) { return address.find(':') != std::string::npos; }

bool is_any(const std::string& address) { return address == "0.0.0.0" || address == "::"; }

[[noreturn]] void fail_allocated(const std::string& host_ip, int port) {
  throw Error(Errc::internal, "Bind for " + host_ip + ":" + std::to_string(port) +
                                  " failed: port is already allocated");
}

}  // namespace

PortLedger::PortLedger(PortRange ephemeral, Bindable bindable)
    : ephemeral_(ephemeral), bindable_(std::move(bindable)) {}

bool PortLedger::free(const std::string& protocol, const std::string& host_ip, int port) const {
  return std::none_of(taken_.begin(), taken_.end(), [&](const Key& key) {
    const auto& [p, ip, number] = key;
    return number == port && p == protocol &&
           (ip == host_ip || ((is_any(ip) || is_any(host_ip)) && is_ipv6(ip) == is_ipv6(host_ip)));
  });
}

bool PortLedger::try_take(const std::string& container_id, const PortRequest& request, int port) {
  const std::lock_guard lock(mutex_);
  for (const std::string& host_ip : request.host_ips)
    if (!free(request.protocol, host_ip, port)) return false;
  for (const std::string& host_ip : request.host_ips) {
    taken_.emplace(request.protocol, host_ip, port);
    by_container_[container_id].emplace_back(request.protocol, host_ip, port);
  }
  return true;
}

int PortLedger::choose(const std::string& container_id, const PortRequest& request) {
  if (request.fixed()) {
    if (!try_take(container_id, request, request.first))
      fail_allocated(request.host_ips.front(), request.first);
    return request.first;
  }
  const bool ephemeral = request.first == 0;
  const int first = ephemeral ? ephemeral_.first : request.first;
  const int last = ephemeral ? ephemeral_.last : request.last;
  const int count = last - first + 1;
  int start = first;
  if (ephemeral) {
    // On from the last one given out: a port just freed may still have clients that hope for the
    // old container behind it.
    const std::lock_guard lock(mutex_);
    start = std::max(next_ephemeral_[request.protocol], first);
  }
  for (int i = 0; i < count; ++i) {
    const int port = first + (start - first + i) % count;
    const bool bindable =
        std::all_of(request.host_ips.begin(), request.host_ips.end(),
                    [&](const std::string& ip) { return bindable_(request.protocol, ip, port); });
    if (!bindable || !try_take(container_id, request, port)) continue;
    if (ephemeral) {
      const std::lock_guard lock(mutex_);
      next_ephemeral_[request.protocol] = port + 1 > last ? first : port + 1;
    }
    return port;
  }
  if (count == 1) fail_allocated(request.host_ips.front(), request.first);
  throw Error(Errc::exhausted, "all ports are allocated");
}

std::vector<domain::PublishedPort> PortLedger::reserve(const std::string& container_id,
                                                       const std::vector<PortRequest>& requests) {
  std::vector<domain::PublishedPort> published;
  ScopeGuard undo([&] { release(container_id); });
  // Fixed numbers first: a range or an ephemeral port must not take one that was asked for by
  // number.
  std::vector<int> chosen(requests.size());
  for (const bool fixed : {true, false})
    for (size_t i = 0; i < requests.size(); ++i)
      if (requests[i].fixed() == fixed) chosen[i] = choose(container_id, requests[i]);
  for (size_t i = 0; i < requests.size(); ++i)
    for (const std::string& host_ip : requests[i].host_ips)
      published.push_back({requests[i].container_port, requests[i].protocol, host_ip, chosen[i]});
  undo.dismiss();
  return published;
}

void PortLedger::adopt(const std::string& container_id,
                       const std::vector<domain::PublishedPort>& ports) {
  for (const domain::PublishedPort& port : ports) {
    if (port.host_port == 0) continue;  // none of the host's
    PortRequest request;
    request.protocol = port.protocol;
    request.host_ips = {port.host_ip};
    try_take(container_id, request, port.host_port);
  }
}

void PortLedger::release(const std::string& container_id) {
  const std::lock_guard lock(mutex_);
  const auto it = by_container_.find(container_id);
  if (it == by_container_.end()) return;
  for (const Key& key : it->second) taken_.erase(key);
  by_container_.erase(it);
}

}  // namespace gantry::ports
