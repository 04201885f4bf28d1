// Removes interfaces in the background: the kernel takes tens of milliseconds for one, most of them
// waiting. Work that was accepted is done before the object ends. Threads: any.
#pragma once

#include <condition_variable>
#include <deque>
#include <mutex>
#include <string>
#include <thread>

#include "network/netlink.hpp"

namespace gantry::oci {

class LinkRemoval {
 public:
  LinkRemoval() = default;
  ~LinkRemoval();
  LinkRemoval(const LinkRemoval&) = delete;
  LinkRemoval& operator=(const LinkRemoval&) = delete;

  void remove_bridge_later(const std::string& name);
  /// Until no removal of that interface is waiting or under way.
  void wait_for(const std::string& name);

 private:
  void work();

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::string> names_;  // the first one is under way
  bool running_ = false;           // a thread works on names_; it ends when there are none
  std::thread thread_;
};

}  // namespace gantry::oci
