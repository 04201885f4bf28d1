// Waits for descriptors, level-triggered: one file per system behind it. One thread.
#pragma once

#include <cstdint>
#include <vector>

#include "protocol/unique_fd.hpp"

namespace net_dns {

/// Told when its descriptor is ready. It may be told without need and must take EAGAIN.
class Handler {
 public:
  virtual ~Handler() = default;
  virtual void ready() = 0;
};

class Poller {
 public:
  enum class Interest { read, write, both };

  Poller();
  /// The handler outlives the registration, which ends by remove(), before the descriptor closes.
  void add(int fd, Handler& handler, Interest interest = Interest::read);
  void change(int fd, Interest interest);
  void remove(int fd);
  /// Tells the handlers of what is ready; `timeout_ms` -1: waits until something is.
  void run_once(int timeout_ms);

 private:
  UniqueFd queue_;
  std::vector<Handler*> handlers_;  // by descriptor
};

}  // namespace net_dns
