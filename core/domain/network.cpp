#include "core/domain/network.hpp"

#include "core/domain/parent_link.hpp"

namespace gantry::domain {

bool NetworkRecord::attaches() const {
  return !config_only && (driver == "bridge" || has_parent_link(driver));
}

bool NetworkRecord::leads_outside() const {
  if (internal) return false;
  return !has_parent_link(driver) || !parse_parent_link(driver, options).parent.empty();
}

const IpamPool* NetworkRecord::find_pool(IpFamily family) const {
  if (!(family == IpFamily::v4 ? enable_ipv4 : enable_ipv6)) return nullptr;
  for (const IpamPool& pool : pools)
    if (is_ipv6_text(pool.subnet) == (family == IpFamily::v6)) return &pool;
  return nullptr;
}

}  // namespace gantry::domain
