// Containers: published ports. The host's port is reserved by a socket that the supervisor holds;
// the kernel translates IPv4, the supervisor forwards IPv6. What is published is noted in the
// bundle first, so that a later daemon can tell wanted translations from stale ones.
#include <arpa/inet.h>
#include <netinet/in.h>

#include <cstring>

#include "base/error.hpp"
#include "base/scope_guard.hpp"
#include "containers/containers.hpp"

namespace gantry::oci {
namespace {

shim::PublishedPort packed(const ReservedPort& port) {
  shim::PublishedPort result{};
  result.protocol = static_cast<std::uint8_t>(port.request.protocol);
  result.forward = port.request.ipv6() ? 1 : 0;
  const bool ipv6 = port.request.container_ip.find(':') != std::string::npos;
  result.target_family = ipv6 ? AF_INET6 : AF_INET;
  result.target_port = port.request.container_port;
  in6_addr address{};
  ::inet_pton(result.target_family, port.request.container_ip.c_str(), &address);
  std::memcpy(result.target_address, &address, ipv6 ? sizeof address : sizeof(in_addr));
  return result;
}

}  // namespace

std::string Containers::publish(const std::string& id, std::string_view json) {
  std::vector<ReservedPort> reserved = reserve_ports(parse_ports(json));
  const std::string result = write_ports(reserved);
  if (reserved.empty()) return result;
  shim::Client client = connect(id);
  const Bundle files = bundle(id);

  // Several calls add up.
  std::string all = result;
  if (const auto earlier = files.ports(); earlier && earlier->size() > 2)
    all = earlier->substr(0, earlier->size() - 1) + "," + result.substr(1);
  files.write_ports(all);
  ScopeGuard undo([&] {
    try {
      unpublish(id);
    } catch (const Error&) {
      // remove() does the rest.
    }
  });
  std::vector<shim::PublishedPort> ports;
  std::vector<int> sockets;
  for (const ReservedPort& port : reserved) {
    ports.push_back(packed(port));
    sockets.push_back(port.socket.get());
  }
  ask_shim([&] { client.publish(ports, sockets); });
  parts_.ports.add(reserved);
  undo.dismiss();
  return result;
}

void Containers::unpublish(const std::string& id) {
  const Bundle files = bundle(id);
  if (const auto ports = files.ports()) {
    parts_.ports.remove(*ports);
    files.remove_ports();
  }
  try {
    shim::Client::connect(files.path()).unpublish();
  } catch (const shim::ShimError& error) {
    if (error.code() != GANTRY_NOT_FOUND && error.code() != GANTRY_UNAVAILABLE)
      throw Error(static_cast<gantry_errc>(error.code()), error.what(), error.os_errno());
  }
}

void Containers::drop_ports(const std::string& id) noexcept {
  try {
    const Bundle files = bundle(id);
    const auto ports = files.ports();
    if (!ports) return;
    parts_.ports.remove(*ports);
    files.remove_ports();
  } catch (const std::exception& error) {
    parts_.host.warn("container " + id + ": " + error.what());
  }
}

}  // namespace gantry::oci
