#include <fcntl.h>
#include <sys/socket.h>

#include "resolver/netns.hpp"

namespace net_dns {

UniqueFd make_socket(int family, int type, int) {
  UniqueFd made(::socket(family, type, 0));
  if (made) {
    ::fcntl(made.get(), F_SETFD, FD_CLOEXEC);
    ::fcntl(made.get(), F_SETFL, O_NONBLOCK);
  }
  return made;
}

}  // namespace net_dns
