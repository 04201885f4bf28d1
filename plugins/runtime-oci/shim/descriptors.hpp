// The shim's descriptors, of which it has only RLIMIT_NOFILE. What clients of published ports take,
// in any number and without asking anybody, leaves a reserve: for control connections, execs and
// attached clients.
#pragma once

#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <utility>

namespace gantry::shim {

// Of accept() and socket(): it may work later.
inline bool descriptors_used_up(int error) {
  return error == EMFILE || error == ENFILE || error == ENOBUFS || error == ENOMEM;
}

// A table may be a million large, and every exec would walk it.
inline constexpr rlim_t kMostByHand = 32768;

// In a child process.
inline void close_from(unsigned first) {
  if (::syscall(SYS_close_range, first, ~0u, 0) == 0) return;
  rlimit limit{};  // before Linux 5.9
  ::getrlimit(RLIMIT_NOFILE, &limit);
  const rlim_t end = std::min<rlim_t>(limit.rlim_cur, kMostByHand);
  for (rlim_t fd = first; fd < end; ++fd) ::close(static_cast<int>(fd));
}

// What all published ports together may take.
class DescriptorBudget {
 public:
  static constexpr rlim_t kReserve = 256;  // less of a small table

  bool has_room(std::size_t more) const {
    rlimit limit{};
    ::getrlimit(RLIMIT_NOFILE, &limit);
    return taken_ + more <= limit.rlim_cur - std::min(limit.rlim_cur / 4, kReserve);
  }

 private:
  friend class DescriptorShare;
  std::size_t taken_ = 0;
};

// What one of them has taken.
class DescriptorShare {
 public:
  explicit DescriptorShare(DescriptorBudget& budget) : budget_(budget) {}
  ~DescriptorShare() { give_back(); }
  DescriptorShare(const DescriptorShare&) = delete;
  DescriptorShare& operator=(const DescriptorShare&) = delete;

  void take(std::size_t count) {
    taken_ += count;
    budget_.taken_ += count;
  }
  void give_back() { budget_.taken_ -= std::exchange(taken_, 0); }

 private:
  DescriptorBudget& budget_;
  std::size_t taken_ = 0;
};

}  // namespace gantry::shim
