// IPv4 addresses as host-order integers, and prefixes. Plain values and pure functions; any thread.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace gantry::domain {

/// Host byte order, so that "the next address" is + 1.
using Ipv4 = std::uint32_t;

std::optional<Ipv4> parse_ipv4(std::string_view text);
std::string to_string_ipv4(Ipv4 address);

struct Ipv4Prefix {
  Ipv4 address = 0;  // lowest address of the block
  int length = 32;

  auto operator<=>(const Ipv4Prefix&) const = default;

  Ipv4 mask() const { return length == 0 ? 0 : ~Ipv4{0} << (32 - length); }
  Ipv4 last() const { return address | ~mask(); }
  bool contains(Ipv4 a) const { return (a & mask()) == address; }
  bool contains(const Ipv4Prefix& p) const { return p.length >= length && contains(p.address); }
  bool overlaps(const Ipv4Prefix& p) const { return contains(p) || p.contains(*this); }
  std::string str() const { return to_string_ipv4(address) + "/" + std::to_string(length); }
};

/// "10.1.2.3/16" as address and prefix; nullopt unless both parts are well formed.
struct Ipv4Cidr {
  Ipv4 address = 0;
  Ipv4Prefix prefix;
};
std::optional<Ipv4Cidr> parse_ipv4_cidr(std::string_view text);
/// A prefix written with no host bits set; nullopt otherwise.
std::optional<Ipv4Prefix> parse_ipv4_prefix(std::string_view text);

/// Docker's address-derived MAC 02:42:<the four bytes>.
std::string mac_from_ipv4(Ipv4 address);
/// Six hex pairs with colons, any case.
bool is_mac_address(std::string_view text);

}  // namespace gantry::domain
