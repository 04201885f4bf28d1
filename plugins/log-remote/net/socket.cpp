#include "net/socket.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>

#include <cctype>
#include <cerrno>
#include <gantry/cpp/error.hpp>
#include <system_error>

#include "net/new_socket.hpp"

namespace log_remote {

namespace sdk = gantry::sdk;

namespace {

void set_option(int fd, int level, int name) {
  const int on = 1;
  ::setsockopt(fd, level, name, &on, sizeof on);  // none of them is worth a failure
}

void prepare(int fd, const Endpoint& endpoint) {
#ifdef SO_NOSIGPIPE
  set_option(fd, SOL_SOCKET, SO_NOSIGPIPE);
#endif
  if (endpoint.is_unix() || endpoint.is_datagrams()) return;
  set_option(fd, SOL_SOCKET, SO_KEEPALIVE);  // a peer that vanished is noticed in the end
  set_option(fd, IPPROTO_TCP, TCP_NODELAY);  // what is sent is whole lines already
}

int outcome(int fd) {
  int error = 0;
  socklen_t size = sizeof error;
  return ::getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) == 0 ? error : errno;
}

}  // namespace

UniqueFd open_socket(const Endpoint& endpoint, const Address& address, const Patience& patience) {
  const std::string what = "dial " + endpoint.name();
  UniqueFd fd =
      new_socket(address.get()->sa_family, endpoint.is_datagrams() ? SOCK_DGRAM : SOCK_STREAM);
  if (!fd) throw sdk::Error(GANTRY_UNAVAILABLE, what + ": socket: " + lower_error(errno), errno);
  prepare(fd.get(), endpoint);
  int error = ::connect(fd.get(), address.get(), address.size) == 0 ? 0 : errno;
  if (error == EINPROGRESS || error == EINTR) {
    patience.wait(fd.get(), POLLOUT, what);
    error = outcome(fd.get());
  }
  if (error != 0)
    throw sdk::Error(error == ETIMEDOUT ? GANTRY_TIMEOUT : GANTRY_UNAVAILABLE,
                     what + ": connect: " + lower_error(error), error);
  return fd;
}

ssize_t send_quietly(int fd, const void* data, std::size_t size) noexcept {
#ifdef MSG_NOSIGNAL
  constexpr int kFlags = MSG_NOSIGNAL;
#else
  constexpr int kFlags = 0;
#endif
  ssize_t sent = 0;
  do {
    sent = ::send(fd, data, size, kFlags);
  } while (sent < 0 && errno == EINTR);
  return sent;
}

std::string lower_error(int error) {
  std::string text = std::generic_category().message(error);
  if (!text.empty()) text[0] = static_cast<char>(std::tolower(static_cast<unsigned char>(text[0])));
  return text;
}

}  // namespace log_remote
