#include "core/domain/ipam_check.hpp"

#include "core/base/error.hpp"
#include "core/base/text.hpp"
#include "core/domain/ipv4.hpp"

namespace gantry::domain {
namespace {

/// IPv6 parts are refused by the caller, with a message of their own.
bool looks_like_ipv6(const std::string& text) { return text.find(':') != std::string::npos; }

using Faults = std::vector<std::string>;

std::optional<Ipv4Prefix> check_prefix(const std::string& what, const std::string& text,
                                       Faults& faults) {
  const auto cidr = parse_ipv4_cidr(text);
  if (!cidr) {
    faults.push_back("invalid " + what + " " + text + ": invalid CIDR block notation");
    return std::nullopt;
  }
  if (cidr->address != cidr->prefix.address)
    faults.push_back("invalid " + what + " " + text + ": it should be " + cidr->prefix.str());
  return cidr->prefix;
}

void check_address(const std::string& what, const std::string& text, const Ipv4Prefix& subnet,
                   Faults& faults) {
  const auto address = parse_ipv4(text);
  if (!address)
    faults.push_back("invalid " + what + " " + text + ": invalid address");
  else if (!subnet.contains(*address))
    faults.push_back("invalid " + what + " " + text + ": parent subnet " + subnet.str() +
                     " doesn't contain this address");
}

void check_pool(const IpamPool& pool, Faults& faults) {
  if (pool.subnet.empty()) {
    if (!pool.ip_range.empty() || !pool.gateway.empty() || !pool.auxiliary_addresses.empty())
      faults.emplace_back(
          "invalid IPAM configuration: a gateway, an ip-range or auxiliary "
          "addresses need a subnet");
    return;
  }
  if (looks_like_ipv6(pool.subnet)) return;
  const auto subnet = check_prefix("subnet", pool.subnet, faults);
  if (!subnet) return;
  if (!pool.ip_range.empty()) {
    const auto range = check_prefix("ip-range", pool.ip_range, faults);
    if (range && range->length < subnet->length)
      faults.push_back("invalid ip-range " + pool.ip_range +
                       ": CIDR block is bigger than its parent subnet " + subnet->str());
    else if (range && !subnet->contains(*range))
      faults.push_back("invalid ip-range " + pool.ip_range + ": parent subnet " + subnet->str() +
                       " doesn't contain ip-range");
  }
  if (!pool.gateway.empty()) check_address("gateway", pool.gateway, *subnet, faults);
  for (const auto& [name, address] : pool.auxiliary_addresses)
    check_address("auxiliary address", address, *subnet, faults);
}

}  // namespace

void check_ipam(const std::vector<IpamPool>& pools) {
  Faults faults;
  for (const IpamPool& pool : pools) check_pool(pool, faults);
  if (!faults.empty())
    throw Error(Errc::invalid, "invalid network config:\n" + text::join(faults, "\n"));
}

}  // namespace gantry::domain
