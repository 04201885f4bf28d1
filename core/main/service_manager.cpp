#include "core/main/service_manager.hpp"

#include <sys/socket.h>
#include <sys/un.h>

#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <exception>

#include "core/base/socket.hpp"

namespace gantry::daemon {

void notify_service_manager(std::string_view state) noexcept try {
  const char* path = std::getenv("NOTIFY_SOCKET");
  if (path == nullptr || (path[0] != '/' && path[0] != '@')) return;
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const size_t length = std::strlen(path);
  if (length >= sizeof address.sun_path) return;
  std::memcpy(address.sun_path, path, length);
  if (path[0] == '@') address.sun_path[0] = '\0';  // Linux' abstract names
  const UniqueFd fd = make_socket(AF_UNIX, SOCK_DGRAM);
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + length);
  // Whether it arrives is the manager's business: it has its own time limit.
  (void)::sendto(fd.get(), state.data(), state.size(), kNoSigpipe,
                 reinterpret_cast<const sockaddr*>(&address), size);
} catch (const std::exception&) {
}

}  // namespace gantry::daemon
