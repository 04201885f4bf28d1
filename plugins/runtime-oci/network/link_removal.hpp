// Removes interfaces in the background: the kernel takes tens of milliseconds for one, most of them
// waiting. Work that was accepted is done before the object ends. Threads: any.
#pragma once

#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "network/claim.hpp"
#include "network/netlink.hpp"

namespace gantry::oci {

class LinkRemoval {
 public:
  LinkRemoval() = default;
  ~LinkRemoval();
  LinkRemoval(const LinkRemoval&) = delete;
  LinkRemoval& operator=(const LinkRemoval&) = delete;

  /// `claim` is held until it is gone.
  void remove_bridge_later(const std::string& name, std::optional<Claim> claim);
  /// Until no removal of that interface is waiting or under way.
  void wait_for(const std::string& name);

 private:
  struct Bridge {
    std::string name;
    std::optional<Claim> claim;
  };
  void work();

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Bridge> bridges_;  // the first one is under way
  bool running_ = false;        // a thread works on them; it ends when there are none
  std::thread thread_;
};

}  // namespace gantry::oci
