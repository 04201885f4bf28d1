#include "core/domain/address_pool.hpp"

#include <algorithm>
#include <cstdint>

namespace gantry::domain {

AddressPool::AddressPool(Ipv4Prefix subnet, Ipv4Prefix range)
    : subnet_(subnet), range_(range), hint_(range.address) {}

bool AddressPool::usable(Ipv4 address) const {
  if (!subnet_.contains(address)) return false;
  // A /31 is a point-to-point link and a /32 a single host: no network or broadcast address there.
  if (subnet_.length >= 31) return true;
  return address != subnet_.address && address != subnet_.last();
}

std::optional<Ipv4> AddressPool::take_next() {
  // 64 bits, so that a range ending at 255.255.255.255 still ends.
  for (std::uint64_t next = hint_; next <= range_.last(); ++next) {
    const auto address = static_cast<Ipv4>(next);
    hint_ = address;
    if (try_take(address)) return address;
  }
  return std::nullopt;
}

bool AddressPool::try_take(Ipv4 address) {
  return usable(address) && taken_.insert(address).second;
}

void AddressPool::release(Ipv4 address) {
  if (taken_.erase(address) > 0 && range_.contains(address)) hint_ = std::min(hint_, address);
}

}  // namespace gantry::domain
