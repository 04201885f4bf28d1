// Hears of it when somebody removes the engine's nftables tables: `nft flush ruleset`, which is
// what reloading Debian's nftables.service does, or `nft delete table`. The kernel tells; nothing
// polls.
#pragma once

#include <functional>
#include <string>
#include <thread>

#include "base/fd.hpp"
#include "network/netlink.hpp"

namespace gantry::oci {

class FirewallWatch {
 public:
  /// `lost` is called on the watch's own thread and must not throw.
  FirewallWatch(std::string table, std::function<void()> lost);
  ~FirewallWatch();
  FirewallWatch(const FirewallWatch&) = delete;
  FirewallWatch& operator=(const FirewallWatch&) = delete;

 private:
  void listen();
  /// Reads one datagram; true: it tells of our table's end, or something was missed and it is gone.
  bool read_removal();
  /// Throws away what came.
  void drain() const;
  /// After a part was missed: looks for itself.
  bool is_gone() const;

  const std::string table_;
  const std::function<void()> lost_;
  NetlinkSocket socket_;
  UniqueFd stop_;
  std::thread thread_;
};

}  // namespace gantry::oci
