#include "network/port_reservation.hpp"

#include <arpa/inet.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <span>

#include "base/error.hpp"
#include "base/json.hpp"

namespace gantry::oci {
namespace {

constexpr int kBacklog = 128;  // for IPv6, where the shim accepts
constexpr int kAnyPortAttempts = 16;

struct Address {
  sockaddr_storage storage{};
  socklen_t size = 0;
};

Address address_of(const PortRequest& request, std::uint16_t port) {
  Address result;
  const std::string ip = request.host_ip.empty() ? "0.0.0.0" : request.host_ip;
  if (request.ipv6()) {
    auto* address = reinterpret_cast<sockaddr_in6*>(&result.storage);
    address->sin6_family = AF_INET6;
    address->sin6_port = htons(port);
    result.size = sizeof *address;
    if (::inet_pton(AF_INET6, ip.c_str(), &address->sin6_addr) == 1) return result;
  } else {
    auto* address = reinterpret_cast<sockaddr_in*>(&result.storage);
    address->sin_family = AF_INET;
    address->sin_port = htons(port);
    result.size = sizeof *address;
    if (::inet_pton(AF_INET, ip.c_str(), &address->sin_addr) == 1) return result;
  }
  throw Error(GANTRY_INVALID, "invalid host IP address: \"" + ip + '"');
}

std::uint16_t bound_port(int socket) {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  if (::getsockname(socket, reinterpret_cast<sockaddr*>(&address), &size) != 0)
    throw_errno("read bound port");
  return ntohs(address.ss_family == AF_INET6
                   ? reinterpret_cast<const sockaddr_in6*>(&address)->sin6_port
                   : reinterpret_cast<const sockaddr_in*>(&address)->sin_port);
}

std::string describe(const PortRequest& request, std::uint16_t port) {
  const std::string ip = request.host_ip.empty() ? "0.0.0.0" : request.host_ip;
  return (request.ipv6() ? "[" + ip + "]" : ip) + ":" + std::to_string(port) + ":" +
         request.container_ip + ":" + std::to_string(request.container_port) +
         (request.protocol == IPPROTO_TCP ? "/tcp" : "/udp");
}

void set_option(int socket, int level, int option, int value) {
  if (::setsockopt(socket, level, option, &value, sizeof value) != 0) throw_errno("socket option");
}

// TCP: SO_REUSEADDR lets connections in TIME_WAIT be, while a listener of anybody makes listen()
// fail, as ours does to others. UDP: a plain bind is exclusive.
int bind_socket(int socket, const PortRequest& request, const Address& address) {
  if (request.ipv6()) set_option(socket, IPPROTO_IPV6, IPV6_V6ONLY, 1);
  if (request.protocol == IPPROTO_TCP) set_option(socket, SOL_SOCKET, SO_REUSEADDR, 1);
  if (request.protocol == IPPROTO_UDP && !request.ipv6())
    set_option(socket, SOL_SOCKET, SO_RCVBUF,
               0);  // nothing is ever read; the kernel keeps its minimum
  if (::bind(socket, reinterpret_cast<const sockaddr*>(&address.storage), address.size) != 0)
    return errno;
  if (request.protocol == IPPROTO_TCP && ::listen(socket, kBacklog) != 0) return errno;
  return 0;
}

// nullopt-like: an empty owner when the port is in use.
UniqueFd try_reserve(const PortRequest& request, std::uint16_t port) {
  const Address address = address_of(request, port);
  const int type = request.protocol == IPPROTO_TCP ? SOCK_STREAM : SOCK_DGRAM;
  UniqueFd socket(::socket(address.storage.ss_family, type | SOCK_CLOEXEC, 0));
  if (!socket) throw_errno("failed to bind host port for " + describe(request, port));
  const int error = bind_socket(socket.get(), request, address);
  if (error == EADDRINUSE) return {};
  if (error != 0) throw os_error("failed to bind host port for " + describe(request, port), error);
  return socket;
}

bool same_port(const PortRequest& a, const PortRequest& b) {
  return !b.open && a.protocol == b.protocol && a.container_port == b.container_port &&
         a.host_port == b.host_port && a.host_port_end == b.host_port_end && a.host_ip != b.host_ip;
}

// One number for all of the group; false when it is taken on one of the addresses.
bool reserve_number(std::span<const PortRequest> group, std::uint16_t port,
                    std::vector<ReservedPort>& out) {
  std::vector<ReservedPort> reserved;
  for (const PortRequest& request : group) {
    UniqueFd socket = try_reserve(request, port);
    if (!socket) return false;
    if (port == 0) port = bound_port(socket.get());
    reserved.push_back({request, port, std::move(socket)});
  }
  for (ReservedPort& one : reserved) out.push_back(std::move(one));
  return true;
}

void reserve_group(std::span<const PortRequest> group, std::vector<ReservedPort>& out) {
  const PortRequest& head = group.front();
  if (head.host_port == 0) {
    for (int attempt = 0; attempt < kAnyPortAttempts; ++attempt)
      if (reserve_number(group, 0, out)) return;
  } else {
    const unsigned last = std::max(head.host_port, head.host_port_end);
    for (unsigned port = head.host_port; port <= last; ++port)
      if (reserve_number(group, static_cast<std::uint16_t>(port), out)) return;
  }
  throw Error(
      GANTRY_CONFLICT,
      "failed to bind host port for " + describe(head, head.host_port) + ": address already in use",
      EADDRINUSE);
}

std::uint16_t port_of(const Json& object, const char* key) {
  const std::int64_t value = number_of(object, key);
  if (value < 0 || value > 65535)
    throw Error(GANTRY_INVALID,
                std::string("\"") + key + "\" is not a port: " + std::to_string(value));
  return static_cast<std::uint16_t>(value);
}

}  // namespace

std::vector<PortRequest> parse_ports(std::string_view json) {
  const JsonDocument document = parse_json(json, "published ports");
  if (!document.IsArray()) throw Error(GANTRY_INVALID, "published ports are not an array");
  std::vector<PortRequest> requests;
  for (const Json& item : document.GetArray()) {
    PortRequest request;
    const std::string protocol = text_of(item, "protocol", "tcp");
    if (protocol != "tcp" && protocol != "udp")
      throw Error(GANTRY_UNSUPPORTED, "publishing " + protocol + " ports is not supported");
    request.protocol = protocol == "tcp" ? IPPROTO_TCP : IPPROTO_UDP;
    request.open = flag_of(item, "open");
    if (!request.open) {
      request.host_ip = text_of(item, "host_ip");
      request.host_port = port_of(item, "host_port");
      request.host_port_end = port_of(item, "host_port_end");
    }
    request.container_ip = text_of(item, "container_ip");
    request.container_port = port_of(item, "container_port");
    in6_addr check{};
    const int family = request.container_ip.find(':') == std::string::npos ? AF_INET : AF_INET6;
    // Nothing translates from IPv4 to IPv6.
    if (::inet_pton(family, request.container_ip.c_str(), &check) != 1 ||
        (family == AF_INET6 && !request.open && !request.ipv6()))
      throw Error(GANTRY_INVALID, "invalid container address \"" + request.container_ip + '"');
    requests.push_back(std::move(request));
  }
  return requests;
}

std::string write_ports(const std::vector<ReservedPort>& ports) {
  rapidjson::StringBuffer buffer;
  JsonWriter out(buffer);
  out.StartArray();
  for (const ReservedPort& port : ports) {
    out.StartObject();
    out.Key("protocol"), put(out, port.request.protocol == IPPROTO_TCP ? "tcp" : "udp");
    if (port.request.open)
      out.Key("open"), out.Bool(true);
    else
      out.Key("host_ip"), put(out, port.request.host_ip);
    out.Key("host_port"), out.Uint(port.host_port);
    out.Key("container_ip"), put(out, port.request.container_ip);
    out.Key("container_port"), out.Uint(port.request.container_port);
    out.EndObject();
  }
  out.EndArray();
  return {buffer.GetString(), buffer.GetSize()};
}

std::vector<ReservedPort> reserve_ports(const std::vector<PortRequest>& requests) {
  std::vector<ReservedPort> reserved;
  for (std::size_t first = 0; first < requests.size();) {
    std::size_t end = first + 1;
    if (requests[first].open) {
      reserved.push_back({requests[first], 0, {}});
      first = end;
      continue;
    }
    while (end < requests.size() && same_port(requests[end - 1], requests[end])) ++end;
    reserve_group(std::span(requests).subspan(first, end - first), reserved);
    first = end;
  }
  return reserved;
}

}  // namespace gantry::oci
