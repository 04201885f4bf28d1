#include <fcntl.h>
#include <linux/sockios.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <cstdlib>

#include "resolver/netns.hpp"

namespace net_dns {

UniqueFd make_socket(int family, int type, int beside) {
  const int flags = SOCK_NONBLOCK | SOCK_CLOEXEC;
  if (beside < 0) return UniqueFd(::socket(family, type | flags, 0));
  const UniqueFd there(::ioctl(beside, SIOCGSKNS));
  const UniqueFd home(::open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC));
  if (!there || !home || ::setns(there.get(), CLONE_NEWNET) != 0) return {};
  UniqueFd made(::socket(family, type | flags, 0));
  // The one thread of this process must not stay in a container.
  if (::setns(home.get(), CLONE_NEWNET) != 0) std::abort();
  return made;
}

}  // namespace net_dns
