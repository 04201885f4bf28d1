#include "core/domain/network.hpp"

namespace gantry::domain {

const IpamPool* NetworkRecord::find_pool(IpFamily family) const {
  if (!(family == IpFamily::v4 ? enable_ipv4 : enable_ipv6)) return nullptr;
  for (const IpamPool& pool : pools)
    if (is_ipv6_text(pool.subnet) == (family == IpFamily::v6)) return &pool;
  return nullptr;
}

}  // namespace gantry::domain
