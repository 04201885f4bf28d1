#include "core/base/socket.hpp"

#include <poll.h>

#include <algorithm>
#include <cerrno>

#include "core/base/error.hpp"

namespace gantry {
namespace {

void await_room(int fd, const Deadline& deadline) {
  for (;;) {
    pollfd room{fd, POLLOUT, 0};
    const int ready = ::poll(&room, 1, poll_timeout(deadline));
    if (ready > 0) return;
    if (ready < 0 && errno != EINTR) throw_errno("poll");
    if (is_over(deadline)) throw Error(Errc::timeout, "the peer takes no more");
  }
}

}  // namespace

void send_all(int fd, std::string_view data) {
  while (!data.empty()) {
    const ssize_t sent = ::send(fd, data.data(), data.size(), kNoSigpipe);
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0) throw_errno("send");
    data.remove_prefix(static_cast<size_t>(sent));
  }
}

void send_all(int fd, std::string_view data, const Deadline& deadline) {
  while (!data.empty()) {
    const ssize_t sent = ::send(fd, data.data(), data.size(), kNoSigpipe | MSG_DONTWAIT);
    if (sent >= 0) {
      data.remove_prefix(static_cast<size_t>(sent));
    } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
      await_room(fd, deadline);
    } else if (errno != EINTR) {
      throw_errno("send");
    }
  }
}

void await_reader(int fd, std::chrono::milliseconds limit) {
  // No event tells that a peer has read, only that it is gone. Most have read at once: looked at
  // again after 1 ms, then ever less often.
  const Deadline deadline = deadline_after(limit);
  for (int pause_ms = 1; is_unread(fd) && !is_over(deadline);
       pause_ms = std::min(2 * pause_ms, 8)) {
    pollfd peer{fd, 0, 0};
    if (::poll(&peer, 1, pause_ms) > 0) return;
  }
}

}  // namespace gantry
