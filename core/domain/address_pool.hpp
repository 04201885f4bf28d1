// The addresses of one network: which are taken, which comes next. Not thread-safe: the owner
// locks.
#pragma once

#include <optional>
#include <set>

#include "core/domain/ipv4.hpp"

namespace gantry::domain {

class AddressPool {
 public:
  /// Addresses are given out from `range` (equal to or inside `subnet`), lowest free one first as
  /// Docker does; the network and broadcast addresses of the subnet never.
  AddressPool(Ipv4Prefix subnet, Ipv4Prefix range);

  /// Lowest free address, now taken; nullopt: the pool is exhausted.
  std::optional<Ipv4> take_next();
  /// False when it is taken already or not an address of the subnet.
  bool try_take(Ipv4 address);
  /// Unknown addresses are no error.
  void release(Ipv4 address);
  const Ipv4Prefix& subnet() const { return subnet_; }

 private:
  bool usable(Ipv4 address) const;

  Ipv4Prefix subnet_, range_;
  std::set<Ipv4> taken_;
  Ipv4 hint_;  // no address of the range below it is free
};

}  // namespace gantry::domain
