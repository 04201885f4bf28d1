#include "core/images/registry_socket.hpp"

#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <memory>

#include "core/base/error.hpp"
#include "core/base/notifier.hpp"
#include "core/base/text.hpp"

namespace gantry::images {
namespace {

using Clock = std::chrono::steady_clock;

struct FreeAddresses {
  void operator()(addrinfo* list) const { ::freeaddrinfo(list); }
};

std::unique_ptr<addrinfo, FreeAddresses> resolve(const std::string& host, std::uint16_t port) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_ADDRCONFIG | AI_NUMERICSERV;
  addrinfo* list = nullptr;
  const int status = ::getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &list);
  if (status != 0) {
    const std::string why = status == EAI_NONAME ? "no such host" : ::gai_strerror(status);
    throw Error(Errc::unavailable, "dial tcp: lookup " + host + ": " + why);
  }
  return std::unique_ptr<addrinfo, FreeAddresses>(list);
}

std::string printable(const addrinfo& address, std::uint16_t port) {
  char host[NI_MAXHOST] = "?";
  ::getnameinfo(address.ai_addr, address.ai_addrlen, host, sizeof host, nullptr, 0, NI_NUMERICHOST);
  const std::string text(host);
  return (text.find(':') == std::string::npos ? text : "[" + text + "]") + ":" +
         std::to_string(port);
}

std::string reason(int error) { return text::lower(std::strerror(error)); }

// Connects or returns the errno that says why not; ETIMEDOUT after the deadline, ECANCELED when
// stopped.
int try_connect(int fd, const addrinfo& address, Clock::time_point deadline, int stop_fd) {
  if (::connect(fd, address.ai_addr, address.ai_addrlen) == 0) return 0;
  if (errno != EINPROGRESS && errno != EINTR) return errno;
  for (;;) {
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now());
    if (left.count() <= 0) return ETIMEDOUT;
    std::array<pollfd, 2> fds{{{fd, POLLOUT, 0}, {stop_fd, POLLIN, 0}}};
    const int ready = ::poll(fds.data(), fds.size(), static_cast<int>(left.count()) + 1);
    if (ready < 0 && errno != EINTR) return errno;
    if (fds[1].revents != 0) return ECANCELED;
    if (ready > 0 && fds[0].revents != 0) break;
  }
  int error = 0;
  socklen_t size = sizeof error;
  if (::getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) != 0) return errno;
  return error;
}

void set_blocking(int fd, bool blocking) {
  const int flags = ::fcntl(fd, F_GETFL);
  ::fcntl(fd, F_SETFL, blocking ? flags & ~O_NONBLOCK : flags | O_NONBLOCK);
}

}  // namespace

UniqueFd connect_tcp(const std::string& host, std::uint16_t port, std::chrono::milliseconds limit,
                     const std::stop_token& stop) {
  Notifier stopped;
  const std::stop_callback wake(stop, [&stopped] { stopped.notify(); });
  const auto addresses = resolve(host, port);
  const auto deadline = Clock::now() + limit;
  std::string failure = "dial tcp: lookup " + host + ": no addresses";
  Errc code = Errc::unavailable;
  for (const addrinfo* a = addresses.get(); a; a = a->ai_next) {
    UniqueFd fd(::socket(a->ai_family, a->ai_socktype, a->ai_protocol));
    if (!fd) continue;
    ::fcntl(fd.get(), F_SETFD, FD_CLOEXEC);
    set_blocking(fd.get(), false);
    const int error = try_connect(fd.get(), *a, deadline, stopped.fd());
    if (error == 0) {
      set_blocking(fd.get(), true);
      const int on = 1;
      ::setsockopt(fd.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
      return fd;
    }
    if (error == ECANCELED) throw Error(Errc::cancelled, "context canceled");
    code = error == ETIMEDOUT ? Errc::timeout : Errc::unavailable;
    failure = "dial tcp " + printable(*a, port) + ": " +
              (error == ETIMEDOUT ? "i/o timeout" : "connect: " + reason(error));
  }
  throw Error(code, failure);
}

}  // namespace gantry::images
