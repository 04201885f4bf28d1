#include <fcntl.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/ioctl.h>
#include <sys/un.h>
#include <unistd.h>

#include "core/base/error.hpp"
#include "core/base/socket.hpp"

namespace gantry {
namespace {

constexpr unsigned kTcpReadMs = 10;  // what was sent counts as read after so long

}  // namespace

UniqueFd make_socket(int domain, int type, int protocol) {
  UniqueFd fd(::socket(domain, type | SOCK_CLOEXEC, protocol));
  if (!fd) throw_errno("socket");
  return fd;
}

std::pair<UniqueFd, UniqueFd> make_socket_pair() {
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) throw_errno("socketpair");
  return {UniqueFd(ends[0]), UniqueFd(ends[1])};
}

std::pair<UniqueFd, UniqueFd> make_pipe() {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) throw_errno("pipe");
  return {UniqueFd(ends[0]), UniqueFd(ends[1])};
}

bool is_unread(int fd) {
  // Not by what is acknowledged: the peer's kernel delays that by 40 ms and more.
  tcp_info info{};
  socklen_t size = sizeof info;
  if (::getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &size) == 0)
    return info.tcpi_last_data_sent < kTcpReadMs;
  int bytes = 0;  // of a unix socket: those that the peer has not read
  return ::ioctl(fd, SIOCOUTQ, &bytes) == 0 && bytes > 0;
}

UniqueFd try_accept(int listener, sa_family_t& family) {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  UniqueFd fd(::accept4(listener, reinterpret_cast<sockaddr*>(&address), &size, SOCK_CLOEXEC));
  family = address.ss_family;
  return fd;
}

std::optional<PeerCredentials> find_peer_credentials(int fd) {
  ucred credentials{};
  socklen_t size = sizeof credentials;
  if (::getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &credentials, &size) != 0 || credentials.pid <= 0)
    return std::nullopt;
  return PeerCredentials{credentials.pid, credentials.uid, credentials.gid};
}

}  // namespace gantry
