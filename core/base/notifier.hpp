// A waitable flag with a file descriptor (eventfd on Linux, pipe elsewhere: notifier_<os>.cpp), so
// that a thread can wait for it together with its client's socket. notify() may be called by any
// thread and never blocks; one thread waits.
#pragma once

#include <chrono>
#include <optional>

#include "core/base/unique_fd.hpp"

namespace gantry {

class Notifier {
 public:
  Notifier();
  Notifier(const Notifier&) = delete;
  Notifier& operator=(const Notifier&) = delete;
  void notify() noexcept;
  /// Clears the flag.
  void drain() noexcept;
  int fd() const noexcept { return read_end_.get(); }

 private:
  UniqueFd read_end_, write_end_;
};

/// A client that may go away while we wait for something: readable state of its connection.
/// Holds a borrowed fd; -1 means "never goes away".
class Peer {
 public:
  /// `half_close_is_gone`: for TCP, where a closed client looks like a half-closed one until we
  /// write; unix sockets tell both apart.
  explicit Peer(int fd = -1, bool half_close_is_gone = false)
      : fd_(fd), half_close_is_gone_(half_close_is_gone) {}
  int fd() const { return fd_; }
  /// True once the peer has closed both directions (POLLHUP/POLLERR); a half-close does not count.
  bool gone() const;
  /// For callers that poll(2) themselves: what to ask for, and what the answer means.
  short events() const;
  bool gone_from(short revents) const;

 private:
  int fd_;
  bool half_close_is_gone_;
};

enum class Woken { notified, peer_gone, timeout };
/// Blocks until the notifier fires, the peer is gone or the time is over (nullopt: no limit).
/// The flag stays up: the waiter calls drain() *before* it looks at the state the flag stands for,
/// so that a notify() in between is seen by the next wait. A flag never drained is a stop flag.
Woken wait_for(Notifier& notifier, const Peer& peer,
               std::optional<std::chrono::nanoseconds> limit = std::nullopt);

}  // namespace gantry
