// Containers: published ports. The host's port is reserved by a socket that the supervisor holds;
// the kernel translates within an address family, the supervisor forwards the rest. What is
// published is noted in the bundle first, so that a later daemon can tell wanted translations from
// stale ones.
#include <arpa/inet.h>
#include <netinet/in.h>

#include <cerrno>
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
  const Bundle files = bundle(id);
  const auto earlier = note_ports(files, result);
  ScopeGuard undo([&] {
    try {
      if (!earlier) return unpublish(id);
      const std::lock_guard lock(ports_mutex_);
      if (!files.ports()) return;  // it has ended meanwhile
      parts_.ports.remove({result});
      files.write_ports(*earlier);
    } catch (const Error&) {
      // remove() does the rest.
    }
  });
  std::vector<shim::PublishedPort> ports;
  std::vector<int> sockets;
  for (const ReservedPort& port : reserved) {
    if (port.request.open) continue;
    ports.push_back(packed(port));
    sockets.push_back(port.socket.get());
  }
  if (!ports.empty())
    ask_running(id, [&](shim::Client& client) { client.publish(ports, sockets); });
  parts_.network.with_rules([&] {
    const std::lock_guard lock(ports_mutex_);
    if (files.ports()) parts_.ports.add(reserved);  // else it has ended meanwhile
  });
  undo.dismiss();
  return result;
}

// Several calls add up. Gives what was published before.
std::optional<std::string> Containers::note_ports(const Bundle& files, const std::string& ports) {
  const std::lock_guard lock(ports_mutex_);
  auto earlier = files.ports();
  const bool adds = earlier && earlier->size() > 2;
  files.write_ports(adds ? earlier->substr(0, earlier->size() - 1) + "," + ports.substr(1) : ports);
  return earlier;
}

void Containers::unpublish(const std::string& id) {
  const Bundle files = bundle(id);
  forget_ports({files});
  try {
    shim::Client::connect(files.path()).unpublish();
  } catch (const shim::ShimError& error) {
    if (error.code() != GANTRY_NOT_FOUND && error.code() != GANTRY_UNAVAILABLE)
      throw Error(error.code(), error.what(), error.os_errno());
  }
}

void Containers::drop_ports(const std::string& id) noexcept {
  try {
    forget_ports({bundle(id)});
  } catch (const std::exception& error) {
    parts_.host.warn("container " + id + ": " + error.what());
  }
}

void Containers::forget_ports(const std::vector<Bundle>& ended) {
  const std::lock_guard lock(ports_mutex_);
  std::vector<std::string> ports;
  for (const Bundle& files : ended)
    if (auto some = files.ports()) ports.push_back(std::move(*some));
  if (ports.empty()) return;
  parts_.ports.remove(ports);
  for (const Bundle& files : ended) files.remove_ports();
}

void Containers::republish() noexcept {
  const std::lock_guard lock(ports_mutex_);
  std::vector<std::string> ids;
  {
    const std::lock_guard containers(mutex_);
    for (const auto& [id, container] : containers_)
      if (container.status != Container::Status::exited) ids.push_back(id);
  }
  for (const std::string& id : ids) {
    try {
      if (const auto ports = bundle(id).ports()) parts_.ports.add_again(*ports);
    } catch (const Error& error) {
      // A network of the other family comes later, and with it another call.
      if (error.os_errno() != ENOENT)
        parts_.host.warn("published ports of " + id + ": " + error.what());
    } catch (const std::exception& error) {
      parts_.host.warn("published ports of " + id + ": " + error.what());
    }
  }
}

}  // namespace gantry::oci
