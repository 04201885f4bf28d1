#include "unread.hpp"

#include <linux/sockios.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

namespace gantry::shim {
namespace {

constexpr unsigned kTcpReadMs = 10;  // what was sent counts as read after so long

}  // namespace

bool is_unread(int socket) {
  // Not by what is acknowledged: the peer's kernel delays that by 40 ms and more.
  tcp_info info{};
  socklen_t size = sizeof info;
  if (::getsockopt(socket, IPPROTO_TCP, TCP_INFO, &info, &size) == 0)
    return info.tcpi_last_data_sent < kTcpReadMs;
  int bytes = 0;  // of a unix socket: those that the peer has not read
  return ::ioctl(socket, SIOCOUTQ, &bytes) == 0 && bytes > 0;
}

}  // namespace gantry::shim
