#include <poll.h>

#include <cerrno>

#include "core/base/deadline.hpp"
#include "core/base/error.hpp"
#include "core/base/notifier.hpp"

namespace gantry {

short Peer::events() const {
#ifdef POLLRDHUP
  constexpr short kHalfClosed = POLLRDHUP;
#else
  constexpr short kHalfClosed = 0;
#endif
  return half_close_is_gone_ ? kHalfClosed : short{0};
}

bool Peer::gone_from(short revents) const {
  return (revents & (POLLHUP | POLLERR | POLLNVAL | events())) != 0;
}

bool Peer::gone() const {
  if (fd_ < 0) return false;
  pollfd p{fd_, events(), 0};
  int n;
  do {
    n = ::poll(&p, 1, 0);
  } while (n < 0 && errno == EINTR);
  return n > 0 && gone_from(p.revents);
}

Woken wait_for(Notifier& notifier, const Peer& peer,
               std::optional<std::chrono::nanoseconds> limit) {
  const Deadline deadline = deadline_after(limit);
  // poll(2) skips negative descriptors: a Peer without one never goes away.
  pollfd fds[2] = {{notifier.fd(), POLLIN, 0}, {peer.fd(), peer.events(), 0}};
  for (;;) {
    const int n = ::poll(fds, 2, poll_timeout(deadline));
    if (n < 0) {
      if (errno == EINTR) continue;
      throw_errno("poll");
    }
    if (fds[0].revents != 0) return Woken::notified;
    if (fds[1].revents != 0 && peer.gone_from(fds[1].revents)) return Woken::peer_gone;
    if (n == 0 && is_over(deadline)) return Woken::timeout;
  }
}

}  // namespace gantry
