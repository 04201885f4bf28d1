#include "core/ports/host_ports.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstring>

#include "core/base/file.hpp"
#include "core/base/unique_fd.hpp"

namespace gantry::ports {
namespace {

/// 0, or the errno of binding a fresh socket to the address.
int try_bind(const std::string& protocol, const std::string& host_ip, int port) {
  sockaddr_storage address{};
  socklen_t size = 0;
  const auto network_port = htons(static_cast<std::uint16_t>(port));
  if (host_ip.find(':') != std::string::npos) {
    auto& v6 = reinterpret_cast<sockaddr_in6&>(address);
    v6.sin6_family = AF_INET6;
    v6.sin6_port = network_port;
    if (::inet_pton(AF_INET6, host_ip.c_str(), &v6.sin6_addr) != 1) return EINVAL;
    size = sizeof v6;
  } else {
    auto& v4 = reinterpret_cast<sockaddr_in&>(address);
    v4.sin_family = AF_INET;
    v4.sin_port = network_port;
    if (::inet_pton(AF_INET, host_ip.c_str(), &v4.sin_addr) != 1) return EINVAL;
    size = sizeof v4;
  }
  const bool datagram = protocol == "udp";
  const UniqueFd fd(::socket(address.ss_family, datagram ? SOCK_DGRAM : SOCK_STREAM, 0));
  if (!fd) return errno;
  ::fcntl(fd.get(), F_SETFD, FD_CLOEXEC);
  const int on = 1;
  // Connections in TIME_WAIT don't hold a TCP port; for UDP the option would hide a real holder.
  if (!datagram) ::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (address.ss_family == AF_INET6)
    ::setsockopt(fd.get(), IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
  return ::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), size) == 0 ? 0 : errno;
}

}  // namespace

PortRange ephemeral_range() {
  PortRange range;
  const auto content = file::find("/proc/sys/net/ipv4/ip_local_port_range");
  int first = 0, last = 0;
  if (content && std::sscanf(content->c_str(), "%d %d", &first, &last) == 2 && first > 0 &&
      first <= last && last <= 65535)
    range = {first, last};
  return range;
}

bool is_bindable(const std::string& protocol, const std::string& host_ip, int port) {
  return try_bind(protocol, host_ip, port) != EADDRINUSE;
}

bool has_ipv6() { return try_bind("tcp", "::1", 0) == 0; }

}  // namespace gantry::ports
