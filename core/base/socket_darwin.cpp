#include <fcntl.h>
#include <sys/un.h>
#include <unistd.h>

#include "core/base/error.hpp"
#include "core/base/socket.hpp"

namespace gantry {
namespace {

void prepare(int fd) {
  const int on = 1;
  ::fcntl(fd, F_SETFD, FD_CLOEXEC);
  ::setsockopt(fd, SOL_SOCKET, SO_NOSIGPIPE, &on, sizeof on);
}

}  // namespace

UniqueFd make_socket(int domain, int type, int protocol) {
  UniqueFd fd(::socket(domain, type, protocol));
  if (!fd) throw_errno("socket");
  prepare(fd.get());
  return fd;
}

std::pair<UniqueFd, UniqueFd> make_socket_pair() {
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM, 0, ends) != 0) throw_errno("socketpair");
  prepare(ends[0]);
  prepare(ends[1]);
  return {UniqueFd(ends[0]), UniqueFd(ends[1])};
}

std::pair<UniqueFd, UniqueFd> make_pipe() {
  int ends[2];
  if (::pipe(ends) != 0) throw_errno("pipe");
  for (const int fd : ends) ::fcntl(fd, F_SETFD, FD_CLOEXEC);
  return {UniqueFd(ends[0]), UniqueFd(ends[1])};
}

bool is_unread(int fd) {
  int bytes = 0;
  socklen_t size = sizeof bytes;
  return ::getsockopt(fd, SOL_SOCKET, SO_NWRITE, &bytes, &size) == 0 && bytes > 0;
}

UniqueFd try_accept(int listener, sa_family_t& family) {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  UniqueFd fd(::accept(listener, reinterpret_cast<sockaddr*>(&address), &size));
  family = address.ss_family;
  if (!fd) return fd;
  prepare(fd.get());
  // BSD sockets inherit O_NONBLOCK from their listener.
  ::fcntl(fd.get(), F_SETFL, ::fcntl(fd.get(), F_GETFL) & ~O_NONBLOCK);
  return fd;
}

std::optional<PeerCredentials> find_peer_credentials(int fd) {
  uid_t uid = 0;
  gid_t gid = 0;
  if (::getpeereid(fd, &uid, &gid) != 0) return std::nullopt;
  pid_t pid = -1;
  socklen_t size = sizeof pid;
  if (::getsockopt(fd, SOL_LOCAL, LOCAL_PEERPID, &pid, &size) != 0) pid = -1;
  return PeerCredentials{pid, uid, gid};
}

}  // namespace gantry
