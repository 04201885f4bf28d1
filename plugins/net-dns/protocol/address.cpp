#include "protocol/address.hpp"

#include <arpa/inet.h>
#include <net/if.h>

#include <charconv>

namespace net_dns {

namespace {

constexpr std::uint16_t kPort = 53;

bool read_port(const std::string& text, std::uint16_t& port) {
  const char* end = text.data() + text.size();
  const auto [at, error] = std::from_chars(text.data(), end, port);
  return error == std::errc() && at == end && port != 0;
}

std::optional<SocketAddress> make_v4(const std::string& host, std::uint16_t port) {
  SocketAddress address;
  auto& in = reinterpret_cast<sockaddr_in&>(address.storage);
  if (::inet_pton(AF_INET, host.c_str(), &in.sin_addr) != 1) return std::nullopt;
  in.sin_family = AF_INET;
  in.sin_port = htons(port);
  address.size = sizeof in;
  return address;
}

std::optional<SocketAddress> make_v6(const std::string& host, std::uint16_t port) {
  SocketAddress address;
  auto& in = reinterpret_cast<sockaddr_in6&>(address.storage);
  const auto zone = host.find('%');
  if (::inet_pton(AF_INET6, host.substr(0, zone).c_str(), &in.sin6_addr) != 1) return std::nullopt;
  if (zone != std::string::npos) {
    in.sin6_scope_id = ::if_nametoindex(host.c_str() + zone + 1);
    if (in.sin6_scope_id == 0) return std::nullopt;  // that interface is not there now
  }
  in.sin6_family = AF_INET6;
  in.sin6_port = htons(port);
  address.size = sizeof in;
  return address;
}

}  // namespace

std::optional<Address> parse_address(const std::string& text) {
  const std::string host = text.substr(0, text.find('/'));
  Address address;
  if (::inet_pton(AF_INET, host.c_str(), address.bytes.data()) == 1) return address;
  address.v6 = true;
  if (::inet_pton(AF_INET6, host.c_str(), address.bytes.data()) == 1) return address;
  return std::nullopt;
}

std::optional<Address> address_of(const sockaddr_storage& socket_address) {
  Address address;
  if (socket_address.ss_family == AF_INET) {
    std::memcpy(address.bytes.data(),
                &reinterpret_cast<const sockaddr_in&>(socket_address).sin_addr, 4);
    return address;
  }
  if (socket_address.ss_family != AF_INET6) return std::nullopt;
  const in6_addr& in = reinterpret_cast<const sockaddr_in6&>(socket_address).sin6_addr;
  if (IN6_IS_ADDR_V4MAPPED(&in)) {
    std::memcpy(address.bytes.data(), in.s6_addr + 12, 4);
    return address;
  }
  address.v6 = true;
  std::memcpy(address.bytes.data(), &in, 16);
  return address;
}

std::optional<SocketAddress> parse_server(const std::string& text) {
  std::uint16_t port = kPort;
  if (!text.empty() && text[0] == '[') {
    const auto close = text.find(']');
    if (close == std::string::npos) return std::nullopt;
    const std::string rest = text.substr(close + 1);
    if (!rest.empty() && (rest[0] != ':' || !read_port(rest.substr(1), port))) return std::nullopt;
    return make_v6(text.substr(1, close - 1), port);
  }
  const auto colon = text.find(':');
  if (colon == std::string::npos) return make_v4(text, port);
  if (text.find(':', colon + 1) != std::string::npos) return make_v6(text, port);
  if (!read_port(text.substr(colon + 1), port)) return std::nullopt;
  return make_v4(text.substr(0, colon), port);
}

SocketAddress local_address(int socket) {
  SocketAddress address;
  address.size = sizeof address.storage;
  if (::getsockname(socket, address.get(), &address.size) != 0) address.size = 0;
  return address;
}

}  // namespace net_dns
