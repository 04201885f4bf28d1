#include "core/base/file_watch.hpp"

#include <poll.h>
#include <sys/stat.h>

#include <cerrno>
#include <utility>

#include "core/base/deadline.hpp"
#include "core/base/error.hpp"

namespace gantry {

FileWatch::FileWatch(std::filesystem::path path, int fd) : path_(std::move(path)) {
  struct stat st {};
  if (::fstat(fd, &st) != 0) throw_errno("watch " + path_.string());
  device_ = st.st_dev;
  inode_ = st.st_ino;
}

bool FileWatch::is_replaced() const {
  // While a rotation is between its two steps the path names nothing: that is not replaced yet.
  struct stat st {};
  return ::stat(path_.c_str(), &st) == 0 && (st.st_dev != device_ || st.st_ino != inode_);
}

FileWatch::Change FileWatch::wait(Notifier& also, const Peer& peer,
                                  std::optional<std::chrono::nanoseconds> limit) {
  // A rotation between opening the file and watching it has left no event.
  if (std::exchange(first_, false) && is_replaced()) return Change::replaced;
  const Deadline deadline = deadline_after(limit);
  pollfd fds[3] = {{event_fd(), POLLIN, 0}, {also.fd(), POLLIN, 0}, {peer.fd(), peer.events(), 0}};
  for (;;) {
    const int n = ::poll(fds, 3, poll_timeout(deadline));
    if (n < 0) {
      if (errno == EINTR) continue;
      throw_errno("poll");
    }
    if (fds[0].revents != 0) {
      clear();  // before looking: what happens from here on wakes the next wait
      return is_replaced() ? Change::replaced : Change::changed;
    }
    if (fds[1].revents != 0) return Change::notified;
    if (fds[2].revents != 0 && peer.gone_from(fds[2].revents)) return Change::peer_gone;
    if (n == 0 && is_over(deadline)) return Change::timeout;
  }
}

}  // namespace gantry
