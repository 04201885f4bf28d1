#include "network/port_map.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <iterator>
#include <set>
#include <tuple>

#include "base/error.hpp"
#include "network/flows.hpp"
#include "network/netlink.hpp"

namespace gantry::oci {
namespace {

constexpr char kAnyPorts[] = "any_ports";
constexpr char kHostPorts[] = "host_ports";
constexpr char kOpenPorts[] = "open_ports";

void put_port(std::string& key, std::uint16_t port) {
  const std::uint16_t value = htons(port);
  key.append(reinterpret_cast<const char*>(&value), sizeof value).append(2, '\0');
}

void put_ip(std::string& key, const std::string& ip, std::uint8_t family) {
  in6_addr address{};
  if (::inet_pton(family, ip.c_str(), &address) != 1)
    throw Error(GANTRY_INVALID, "invalid address \"" + ip + '"');
  key.append(reinterpret_cast<const char*>(&address),
             family == AF_INET ? sizeof(in_addr) : sizeof address);
}

void put_protocol(std::string& key, int protocol) {
  key.push_back(static_cast<char>(protocol));
  key.append(3, '\0');
}

SetChange opening(const PortRequest& request, bool add) {
  SetChange change{add, kOpenPorts, {}, family_of(request.container_ip)};
  put_protocol(change.element.key, request.protocol);
  put_ip(change.element.key, request.container_ip, change.family);
  put_port(change.element.key, request.container_port);
  return change;
}

SetChange translation(const PortRequest& request, std::uint16_t host_port, bool add) {
  const bool any =
      request.host_ip.empty() || request.host_ip == "0.0.0.0" || request.host_ip == "::";
  const std::uint8_t family = family_of(request.host_ip);
  SetChange change{add, any ? kAnyPorts : kHostPorts, {}, family};
  put_protocol(change.element.key, request.protocol);
  if (!any) put_ip(change.element.key, request.host_ip, family);
  put_port(change.element.key, host_port);
  put_ip(change.element.data, request.container_ip, family);
  put_port(change.element.data, request.container_port);
  return change;
}

// The kernel's part of a port, if it has one.
void append(std::vector<SetChange>& changes, const PortRequest& request, std::uint16_t host_port,
            bool add) {
  if (request.open)
    changes.push_back(opening(request, add));
  else if (request.translated())
    changes.push_back(translation(request, host_port, add));
}

std::vector<SetChange> changes_for(std::string_view ports, bool add) {
  std::vector<SetChange> changes;
  for (const PortRequest& request : parse_ports(ports))
    append(changes, request, request.host_port, add);
  return changes;
}

}  // namespace

void PortMap::change(std::vector<SetChange> changes) const {
  // One transaction, in which equal kinds stand together: add to one map, then to the next.
  std::stable_sort(changes.begin(), changes.end(), [](const SetChange& a, const SetChange& b) {
    return std::tie(a.family, a.add, a.set) < std::tie(b.family, b.add, b.set);
  });
  change_elements(table_, changes);
}

bool PortMap::leads_elsewhere(const SetChange& translation) const {
  if (translation.element.data.empty()) return false;
  const auto now = find_data(table_, translation);
  return now && *now != translation.element.data;
}

void PortMap::add(const std::vector<ReservedPort>& ports) const {
  std::vector<SetChange> changes;
  for (const ReservedPort& port : ports) append(changes, port.request, port.host_port, true);
  try {
    change(changes);
  } catch (const Error& error) {
    if (error.os_errno() != EEXIST && error.os_errno() != EBUSY) throw;
    for (SetChange stale : changes) {
      stale.add = false;
      try {
        change_elements(table_, {stale});
      } catch (const Error& missing) {
        if (missing.os_errno() != ENOENT) throw;
      }
    }
    change(changes);
  }
  forget_untranslated_flows(ports);
}

void PortMap::add_again(std::string_view ports) const {
  std::vector<ReservedPort> reserved;
  for (PortRequest& request : parse_ports(ports)) {
    const std::uint16_t port = request.host_port;
    reserved.push_back({std::move(request), port, {}});
  }
  add(reserved);
}

void PortMap::remove(const std::vector<std::string>& ports) const {
  std::vector<PortRequest> requests;
  for (const std::string& some : ports) {
    auto parsed = parse_ports(some);
    std::move(parsed.begin(), parsed.end(), std::back_inserter(requests));
  }
  std::vector<SetChange> changes;
  for (const PortRequest& request : requests) append(changes, request, request.host_port, false);
  std::erase_if(changes, [&](const SetChange& one) { return leads_elsewhere(one); });
  if (changes.empty()) return;
  try {
    change(changes);
  } catch (const Error& error) {
    if (error.os_errno() != ENOENT) throw;
    for (const SetChange& one : changes) {
      try {
        change_elements(table_, {one});
      } catch (const Error& missing) {
        if (missing.os_errno() != ENOENT) throw;
      }
    }
  }
  forget_translated_flows(requests);
}

void PortMap::keep_only(const std::vector<std::string>& wanted) const {
  std::set<std::tuple<std::uint8_t, std::string, std::string>> keep;  // family, set and key
  for (const std::string& ports : wanted)
    for (const SetChange& change : changes_for(ports, true))
      keep.emplace(change.family, change.set, change.element.key);
  std::vector<SetChange> stale;
  for (const std::uint8_t family : {std::uint8_t{AF_INET}, std::uint8_t{AF_INET6}})
    for (const char* set : {kAnyPorts, kHostPorts, kOpenPorts}) {
      const auto elements = list_elements(table_, set, family);
      if (!elements) continue;  // nothing is published
      for (const SetElement& element : *elements)
        if (!keep.contains({family, set, element.key}))
          stale.push_back({false, set, element, family});
    }
  change(std::move(stale));
}

}  // namespace gantry::oci
