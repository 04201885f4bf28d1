#include "core/http/output.hpp"

#include <sys/socket.h>
#include <sys/uio.h>

#include <array>
#include <cassert>
#include <cerrno>

#include "core/base/socket.hpp"

namespace gantry::http {

bool try_send_all(int fd, std::string_view data) {
  while (!data.empty()) {
    const ssize_t n = ::send(fd, data.data(), data.size(), kNoSigpipe);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return false;
    data.remove_prefix(static_cast<size_t>(n));
  }
  return true;
}

bool try_send_all(int fd, std::initializer_list<std::string_view> parts) {
  std::array<iovec, 4> vectors;
  assert(parts.size() <= vectors.size());
  size_t count = 0;
  for (const std::string_view part : parts)
    if (!part.empty()) vectors[count++] = {const_cast<char*>(part.data()), part.size()};
  iovec* next = vectors.data();
  while (count > 0) {
    msghdr message{};
    message.msg_iov = next;
    message.msg_iovlen = static_cast<decltype(message.msg_iovlen)>(count);
    const ssize_t sent = ::sendmsg(fd, &message, kNoSigpipe);
    if (sent < 0 && errno == EINTR) continue;
    if (sent <= 0) return false;
    auto n = static_cast<size_t>(sent);
    while (count > 0 && n >= next->iov_len) {
      n -= next->iov_len;
      ++next;
      --count;
    }
    if (count > 0) {
      next->iov_base = static_cast<char*>(next->iov_base) + n;
      next->iov_len -= n;
    }
  }
  return true;
}

}  // namespace gantry::http
