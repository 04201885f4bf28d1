#include "core/domain/ip_address.hpp"

#include <arpa/inet.h>

#include <array>
#include <cctype>
#include <cstdio>

#include "core/base/digest.hpp"
#include "core/base/text.hpp"

namespace gantry::domain {
namespace {

using Bytes = std::array<unsigned char, 16>;  // network byte order

IpNumber number_of(const Bytes& bytes, size_t count) {
  IpNumber number = 0;
  for (size_t i = 0; i < count; ++i) number = number << 8 | bytes[i];
  return number;
}

/// The host part: all bits below the prefix.
IpNumber host_mask(const IpPrefix& prefix) {
  const int bits = address_bits(prefix.family()) - prefix.length;
  return bits >= 128 ? ~IpNumber{0} : (IpNumber{1} << bits) - 1;
}

}  // namespace

std::string_view to_string(IpFamily family) { return family == IpFamily::v4 ? "IPv4" : "IPv6"; }

std::string IpAddress::str() const {
  const size_t count = family == IpFamily::v4 ? 4 : 16;
  Bytes bytes{};
  IpNumber rest = number;
  for (size_t i = count; i-- > 0; rest >>= 8) bytes[i] = static_cast<unsigned char>(rest & 0xff);
  char text[INET6_ADDRSTRLEN];
  ::inet_ntop(family == IpFamily::v4 ? AF_INET : AF_INET6, bytes.data(), text, sizeof text);
  return text;
}

bool is_ipv6_text(std::string_view text) { return text.find(':') != std::string_view::npos; }

std::optional<IpAddress> parse_ip(std::string_view text) {
  const bool v6 = is_ipv6_text(text);
  Bytes bytes{};
  if (::inet_pton(v6 ? AF_INET6 : AF_INET, std::string(text).c_str(), bytes.data()) != 1)
    return std::nullopt;
  return IpAddress{v6 ? IpFamily::v6 : IpFamily::v4, number_of(bytes, v6 ? 16 : 4)};
}

std::optional<IpAddress> parse_ip(std::string_view text, IpFamily family) {
  const auto address = parse_ip(text);
  return address && address->family == family ? address : std::nullopt;
}

IpNumber IpPrefix::last() const { return address.number | host_mask(*this); }

bool IpPrefix::contains(const IpAddress& a) const {
  return a.family == family() && (a.number & ~host_mask(*this)) == address.number;
}

std::optional<IpCidr> parse_cidr(std::string_view text) {
  const size_t slash = text.find('/');
  if (slash == std::string_view::npos) return std::nullopt;
  const auto address = parse_ip(text.substr(0, slash));
  const auto length = text::to_int(text.substr(slash + 1));
  if (!address || !length || *length < 0 || *length > address_bits(address->family))
    return std::nullopt;
  IpCidr cidr{*address, {*address, static_cast<int>(*length)}};
  cidr.prefix.address.number &= ~host_mask(cidr.prefix);
  return cidr;
}

std::optional<IpPrefix> parse_prefix(std::string_view text) {
  const auto cidr = parse_cidr(text);
  if (!cidr || cidr->prefix.address != cidr->address) return std::nullopt;
  return cidr->prefix;
}

IpPrefix link_local_block(IpFamily family) {
  return *parse_prefix(family == IpFamily::v4 ? "169.254.0.0/16" : "fe80::/10");
}

std::string mac_from_address(const IpAddress& address, std::string_view network_id) {
  if (address.family == IpFamily::v6) {
    std::string mac = "06";
    const std::string digits = sha256_hex(address.str() + '\n' + std::string(network_id));
    for (std::size_t at = 0; at < 10; at += 2) mac += ':' + digits.substr(at, 2);
    return mac;
  }
  const auto bits = static_cast<std::uint32_t>(address.number);
  char text[18];
  std::snprintf(text, sizeof text, "02:42:%02x:%02x:%02x:%02x", bits >> 24, (bits >> 16) & 0xff,
                (bits >> 8) & 0xff, bits & 0xff);
  return text;
}

std::optional<std::string> parse_mac(std::string_view text) {
  std::string digits;
  const auto take_groups = [&](std::size_t width, char separator) {
    digits.clear();
    for (std::size_t i = 0; i < text.size(); ++i) {
      const auto c = static_cast<unsigned char>(text[i]);
      const bool separates = i % (width + 1) == width;
      if (separates ? text[i] != separator : std::isxdigit(c) == 0) return false;
      if (!separates) digits += static_cast<char>(std::tolower(c));
    }
    return digits.size() == 12 && text.size() % (width + 1) == width;
  };
  if (!take_groups(2, ':') && !take_groups(2, '-') && !take_groups(4, '.')) return std::nullopt;
  for (std::size_t at = 2; at < digits.size(); at += 3) digits.insert(at, 1, ':');
  return digits;
}

bool is_interface_mac(std::string_view mac) {
  constexpr std::string_view kOdd = "13579bdf";
  return kOdd.find(mac[1]) == std::string_view::npos && mac != "00:00:00:00:00:00";
}

}  // namespace gantry::domain
