#include "core/domain/ipv4.hpp"

#include <arpa/inet.h>

#include <cctype>
#include <cstdio>

#include "core/base/text.hpp"

namespace gantry::domain {

std::optional<Ipv4> parse_ipv4(std::string_view text) {
  in_addr parsed{};
  if (::inet_pton(AF_INET, std::string(text).c_str(), &parsed) != 1) return std::nullopt;
  return ntohl(parsed.s_addr);
}

std::string to_string_ipv4(Ipv4 address) {
  std::string text;
  for (int shift = 24; shift >= 0; shift -= 8) {
    if (shift != 24) text += '.';
    text += std::to_string((address >> shift) & 0xff);
  }
  return text;
}

std::optional<Ipv4Cidr> parse_ipv4_cidr(std::string_view text) {
  const size_t slash = text.find('/');
  if (slash == std::string_view::npos) return std::nullopt;
  const auto address = parse_ipv4(text.substr(0, slash));
  const auto length = text::to_int(text.substr(slash + 1));
  if (!address || !length || *length < 0 || *length > 32) return std::nullopt;
  Ipv4Cidr cidr{*address, {*address, static_cast<int>(*length)}};
  cidr.prefix.address &= cidr.prefix.mask();
  return cidr;
}

std::optional<Ipv4Prefix> parse_ipv4_prefix(std::string_view text) {
  const auto cidr = parse_ipv4_cidr(text);
  if (!cidr || cidr->prefix.address != cidr->address) return std::nullopt;
  return cidr->prefix;
}

std::string mac_from_ipv4(Ipv4 address) {
  char text[18];
  std::snprintf(text, sizeof text, "02:42:%02x:%02x:%02x:%02x", address >> 24,
                (address >> 16) & 0xff, (address >> 8) & 0xff, address & 0xff);
  return text;
}

bool is_mac_address(std::string_view text) {
  if (text.size() != 17) return false;
  for (size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    if (i % 3 == 2 ? c != ':' : std::isxdigit(c) == 0) return false;
  }
  return true;
}

}  // namespace gantry::domain
