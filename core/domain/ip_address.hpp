// IP addresses of both families as integers, and prefixes. Plain values and pure functions; any
// thread.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace gantry::domain {

enum class IpFamily { v4, v6 };
/// "IPv4", "IPv6".
std::string_view to_string(IpFamily family);
constexpr int address_bits(IpFamily family) { return family == IpFamily::v4 ? 32 : 128; }

/// Host byte order, so that "the next address" is + 1; IPv4 in the lowest 32 bits.
__extension__ typedef unsigned __int128 IpNumber;

struct IpAddress {
  IpFamily family = IpFamily::v4;
  IpNumber number = 0;

  auto operator<=>(const IpAddress&) const = default;
  std::string str() const;
};

/// Without a zone; nullopt unless well formed. The family is that of the notation.
std::optional<IpAddress> parse_ip(std::string_view text);
/// The same, of one family.
std::optional<IpAddress> parse_ip(std::string_view text, IpFamily family);

struct IpPrefix {
  IpAddress address;  // lowest address of the block
  int length = 32;

  auto operator<=>(const IpPrefix&) const = default;

  IpFamily family() const { return address.family; }
  IpNumber last() const;  // number of the highest address
  bool contains(const IpAddress& a) const;
  bool contains(const IpPrefix& p) const { return p.length >= length && contains(p.address); }
  bool overlaps(const IpPrefix& p) const { return contains(p) || p.contains(*this); }
  std::string str() const { return address.str() + "/" + std::to_string(length); }
};

/// "10.1.2.3/16", "fd00::5/64" as address and prefix; nullopt unless both parts are well formed.
struct IpCidr {
  IpAddress address;
  IpPrefix prefix;
};
std::optional<IpCidr> parse_cidr(std::string_view text);
/// A prefix written with no host bits set; nullopt otherwise.
std::optional<IpPrefix> parse_prefix(std::string_view text);
/// True of an address, prefix or subnet in IPv6 notation.
bool is_ipv6_text(std::string_view text);

/// The whole block of link-local addresses of a family: 169.254.0.0/16, fe80::/10.
IpPrefix link_local_block(IpFamily family);

/// Docker's MAC of an IPv4 address, 02:42:<its bytes>; of an IPv6 address, which has more than
/// fits, 06:<a hash of it and of its network>, for networks may share a link.
std::string mac_from_address(const IpAddress& address, std::string_view network_id);
/// "02:42:ac:11:00:02" of six bytes with colons or dashes between them, or of three pairs with dots
/// (02:42:ac:11:00:02, 02-42-AC-11-00-02, 0242.ac11.0002), as Docker's clients take them.
std::optional<std::string> parse_mac(std::string_view text);
/// Whether an interface can have what parse_mac() gave: not a group's, not all zeros.
bool is_interface_mac(std::string_view mac);

}  // namespace gantry::domain
