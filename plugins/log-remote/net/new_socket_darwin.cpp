// The system makes no socket CLOEXEC at once: a process that starts in between gets it.
#include <fcntl.h>
#include <sys/socket.h>

#include "net/new_socket.hpp"

namespace log_remote {

UniqueFd new_socket(int family, int type) {
  UniqueFd fd(::socket(family, type, 0));
  if (!fd || ::fcntl(fd.get(), F_SETFD, FD_CLOEXEC) != 0 ||
      ::fcntl(fd.get(), F_SETFL, O_NONBLOCK) != 0)
    return UniqueFd();
  return fd;
}

}  // namespace log_remote
