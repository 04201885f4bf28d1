#include "unread.hpp"

#include <linux/sockios.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

namespace gantry::shim {
namespace {

constexpr unsigned kTcpReadMs = 10;  // what has arrived counts as read after so long

}  // namespace

bool is_unread(int socket) {
  // A unix socket's bytes count until the peer has read them, TCP's until its kernel has them.
  int bytes = 0;
  if (::ioctl(socket, SIOCOUTQ, &bytes) == 0 && bytes > 0) return true;
  tcp_info info{};
  socklen_t size = sizeof info;
  return ::getsockopt(socket, IPPROTO_TCP, TCP_INFO, &info, &size) == 0 &&
         info.tcpi_last_data_sent < kTcpReadMs;
}

}  // namespace gantry::shim
