#include "plugin/gateway_sockets.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cerrno>
#include <gantry/cpp/error.hpp>

#include "protocol/sockets.hpp"

namespace net_dns {

namespace sdk = gantry::sdk;

namespace {

constexpr int kQueuedConnections = 64;

struct Where {
  sockaddr_storage storage{};
  socklen_t size = 0;
};

Where parse(const std::string& address, std::uint16_t port) {
  Where where;
  auto& v4 = reinterpret_cast<sockaddr_in&>(where.storage);
  auto& v6 = reinterpret_cast<sockaddr_in6&>(where.storage);
  if (::inet_pton(AF_INET, address.c_str(), &v4.sin_addr) == 1) {
    v4.sin_family = AF_INET;
    v4.sin_port = htons(port);
    where.size = sizeof v4;
  } else if (::inet_pton(AF_INET6, address.c_str(), &v6.sin6_addr) == 1) {
    v6.sin6_family = AF_INET6;
    v6.sin6_port = htons(port);
    where.size = sizeof v6;
  } else {
    throw sdk::Error(GANTRY_INVALID, "gateway \"" + address + "\" is no address");
  }
  return where;
}

UniqueFd bound(const Where& where, int type, const std::string& name) {
  UniqueFd fd = open_nonblocking_socket(where.storage.ss_family, type);
  if (!fd) throw sdk::os_error("resolver: socket");
  const int on = 1;
  // For TCP only: two UDP sockets could share the port by it, and each would get half.
  if (type == SOCK_STREAM) ::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (::bind(fd.get(), reinterpret_cast<const sockaddr*>(&where.storage), where.size) != 0) {
    const int error = errno;
    if (error == EADDRINUSE)
      throw sdk::Error(GANTRY_UNAVAILABLE,
                       "the resolver cannot listen at " + name + ": address already in use", error);
    throw sdk::os_error("the resolver cannot listen at " + name, error);
  }
  if (type == SOCK_STREAM && ::listen(fd.get(), kQueuedConnections) != 0)
    throw sdk::os_error("the resolver cannot listen at " + name);
  return fd;
}

}  // namespace

GatewaySockets open_gateway_sockets(const std::string& address, std::uint16_t port) {
  const Where where = parse(address, port);
  const std::string name = address + " port " + std::to_string(port);
  return {bound(where, SOCK_DGRAM, name), bound(where, SOCK_STREAM, name)};
}

}  // namespace net_dns
