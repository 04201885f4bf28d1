// IP addresses and socket addresses as values.
#pragma once

#include <netinet/in.h>
#include <sys/socket.h>

#include <array>
#include <compare>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>

namespace net_dns {

struct Address {
  bool v6 = false;
  std::array<std::uint8_t, 16> bytes{};  // IPv4: the first four
  auto operator<=>(const Address&) const = default;
};

/// "172.18.0.2", "fd00::2", each also with a prefix length.
std::optional<Address> parse_address(const std::string& text);
/// Of a peer; an IPv4 address in IPv6 clothes is IPv4.
std::optional<Address> address_of(const sockaddr_storage& socket_address);

struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t size = 0;

  const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage); }
  sockaddr* get() { return reinterpret_cast<sockaddr*>(&storage); }
  bool operator==(const SocketAddress& other) const {
    return size == other.size && std::memcmp(&storage, &other.storage, size) == 0;
  }
};

/// A server as in resolv.conf ("1.1.1.1", "fe80::1%eth0"), also "1.1.1.1:5353" and "[::1]:5353".
std::optional<SocketAddress> parse_server(const std::string& text);
SocketAddress local_address(int socket);

}  // namespace net_dns
