#include "core/domain/ipam_check.hpp"

#include "core/domain/fault_list.hpp"
#include "core/domain/ip_address.hpp"

namespace gantry::domain {
namespace {

using Faults = std::vector<std::string>;

std::string wrong_family(const IpPrefix& subnet) {
  return "parent subnet is an " + std::string(to_string(subnet.family())) + " block";
}

void check_range(const std::string& text, const IpPrefix& subnet, Faults& faults) {
  if (text.empty()) return;
  const std::string head = "invalid ip-range " + text + ": ";
  const auto range = parse_cidr(text);
  if (!range) return faults.push_back(head + "invalid CIDR block notation");
  if (range->prefix.family() != subnet.family())
    return faults.push_back(head + wrong_family(subnet));
  if (range->prefix.length < subnet.length)
    faults.push_back(head + "CIDR block is bigger than its parent subnet " + subnet.str());
  if (range->address != range->prefix.address)
    faults.push_back(head + "it should be " + range->prefix.str());
  if (!subnet.overlaps(range->prefix))
    faults.push_back(head + "parent subnet " + subnet.str() + " doesn't contain ip-range");
}

void check_address(const std::string& head, const std::string& text, const IpPrefix& subnet,
                   Faults& faults) {
  if (text.empty()) return;
  const auto address = parse_ip(text);
  if (!address)
    faults.push_back(head + ": invalid address");
  else if (address->family != subnet.family())
    faults.push_back(head + ": " + wrong_family(subnet));
  else if (!subnet.contains(*address))
    faults.push_back(head + ": parent subnet " + subnet.str() + " doesn't contain this address");
}

void check_pool(const IpamPool& pool, bool enable_ipv6, Faults& faults) {
  const auto cidr = parse_cidr(pool.subnet);
  if (!cidr)
    return faults.push_back("invalid subnet " + pool.subnet + ": invalid CIDR block notation");
  const IpPrefix& subnet = cidr->prefix;
  if (subnet.family() == IpFamily::v6 && !enable_ipv6) return;
  if (cidr->address != subnet.address)
    faults.push_back("invalid subnet " + pool.subnet + ": it should be " + subnet.str());
  check_range(pool.ip_range, subnet, faults);
  check_address("invalid gateway " + pool.gateway, pool.gateway, subnet, faults);
  for (const auto& [name, address] : pool.auxiliary_addresses)
    check_address("invalid auxiliary address " + name, address, subnet, faults);
}

}  // namespace

void check_ipam(const std::vector<IpamPool>& pools, bool enable_ipv6) {
  Faults faults;
  for (const IpamPool& pool : pools) check_pool(pool, enable_ipv6, faults);
  throw_faults("invalid network config", faults);
}

}  // namespace gantry::domain
