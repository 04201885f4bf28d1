// There is no journal here; the plugin builds, finds no socket, and says so.
#include <fcntl.h>
#include <sys/socket.h>

#include <cerrno>

#include "descriptors.hpp"

namespace log_journald {

UniqueFd datagram_socket() {
  UniqueFd fd(::socket(AF_UNIX, SOCK_DGRAM, 0));
  if (!fd || ::fcntl(fd.get(), F_SETFD, FD_CLOEXEC) != 0 ||
      ::fcntl(fd.get(), F_SETFL, O_NONBLOCK) != 0)
    return UniqueFd();
  return fd;
}

UniqueFd sealed_memory(std::string_view) {
  errno = ENOTSUP;
  return UniqueFd();
}

}  // namespace log_journald
