// The addresses of one subnet of a network: which are taken, which comes next. Not thread-safe: the
// owner locks.
#pragma once

#include <optional>
#include <set>

#include "core/domain/ip_address.hpp"

namespace gantry::domain {

class AddressPool {
 public:
  /// Addresses are given out from `range` (equal to or inside `subnet`), lowest free one first as
  /// Docker does; never the network address of the subnet nor, with IPv4, its broadcast address.
  AddressPool(IpPrefix subnet, IpPrefix range);

  /// Lowest free address, now taken; nullopt: the pool is exhausted.
  std::optional<IpAddress> take_next();
  /// False when it is taken already or not an address of the subnet.
  bool try_take(const IpAddress& address);
  /// Unknown addresses are no error.
  void release(const IpAddress& address);
  const IpPrefix& subnet() const { return subnet_; }

 private:
  bool usable(const IpAddress& address) const;

  IpPrefix subnet_, range_;
  std::set<IpNumber> taken_;
  IpNumber hint_;  // no address of the range below it is free
};

}  // namespace gantry::domain
