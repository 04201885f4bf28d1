// Hears of it when somebody removes the engine's nftables tables or rules in them: `nft flush
// ruleset`, which is what reloading Debian's nftables.service does, `nft delete table`, or `nft
// flush chain`. The kernel tells; nothing polls. The engine removes rules itself where it puts the
// same ones back at once: so what counts is whether any are missing.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <set>
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
  static constexpr std::size_t kDatagram = 32 * 1024;  // more than the kernel puts into one

  void listen();
  struct Heard {
    bool table_removed = false;
    std::set<std::uint8_t> touched;  // families whose table lost rules
  };
  /// Everything that came.
  Heard hear() const;
  void note(std::array<char, kDatagram>& buffer, std::size_t size, Heard& heard) const;
  bool is_lost(const Heard& heard) const;
  bool lacks_rules(std::uint8_t family) const;

  const std::string table_;
  const std::function<void()> lost_;
  NetlinkSocket socket_;
  UniqueFd stop_;
  std::thread thread_;
};

}  // namespace gantry::oci
