#include "core/base/socket.hpp"

#include <cerrno>

#include "core/base/error.hpp"

namespace gantry {

void send_all(int fd, std::string_view data) {
  while (!data.empty()) {
    const ssize_t sent = ::send(fd, data.data(), data.size(), kNoSigpipe);
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0) throw_errno("send");
    data.remove_prefix(static_cast<size_t>(sent));
  }
}

}  // namespace gantry
