#include <fcntl.h>

#include <cerrno>

#include "core/base/error.hpp"
#include "core/base/notifier.hpp"

namespace gantry {

Notifier::Notifier() {
  int ends[2];
  if (::pipe(ends) != 0) throw_errno("pipe");
  read_end_.reset(ends[0]);
  write_end_.reset(ends[1]);
  for (const int fd : ends) {
    if (::fcntl(fd, F_SETFD, FD_CLOEXEC) != 0 || ::fcntl(fd, F_SETFL, O_NONBLOCK) != 0)
      throw_errno("fcntl");
  }
}

void Notifier::notify() noexcept {
  const char one = 1;
  // EAGAIN means that the pipe is full: the flag is up already.
  while (::write(write_end_.get(), &one, 1) < 0 && errno == EINTR) {
  }
}

void Notifier::drain() noexcept {
  char scratch[256];
  for (;;) {
    const ssize_t n = ::read(read_end_.get(), scratch, sizeof scratch);
    if (n < 0 && errno == EINTR) continue;
    if (n < static_cast<ssize_t>(sizeof scratch)) return;
  }
}

}  // namespace gantry
