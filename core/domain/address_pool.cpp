#include "core/domain/address_pool.hpp"

#include <algorithm>

namespace gantry::domain {

AddressPool::AddressPool(IpPrefix subnet, IpPrefix range)
    : subnet_(subnet), range_(range), hint_(range.address.number) {}

bool AddressPool::usable(const IpAddress& address) const {
  if (!subnet_.contains(address)) return false;
  // The last two lengths are a point-to-point link and a single host: they have neither network nor
  // broadcast address.
  if (subnet_.length >= address_bits(subnet_.family()) - 1) return true;
  // IPv6 knows no broadcast; its lowest address is that of any router.
  return address != subnet_.address &&
         (subnet_.family() == IpFamily::v6 || address.number != subnet_.last());
}

std::optional<IpAddress> AddressPool::take_next() {
  const IpNumber last = range_.last();
  for (IpNumber next = hint_;; ++next) {
    hint_ = next;
    const IpAddress address{range_.family(), next};
    if (try_take(address)) return address;
    if (next >= last) return std::nullopt;  // before ++: the range may end with the address space
  }
}

bool AddressPool::try_take(const IpAddress& address) {
  return usable(address) && taken_.insert(address.number).second;
}

void AddressPool::release(const IpAddress& address) {
  if (taken_.erase(address.number) > 0 && range_.contains(address))
    hint_ = std::min(hint_, address.number);
}

}  // namespace gantry::domain
