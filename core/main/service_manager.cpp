#include "core/main/service_manager.hpp"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <optional>
#include <string>

#include "core/base/error.hpp"
#include "core/base/socket.hpp"
#include "core/base/text.hpp"

namespace gantry::daemon {
namespace {

constexpr int kFirstGiven = 3;      // SD_LISTEN_FDS_START
constexpr int64_t kMostGiven = 64;  // far more than anybody has addresses

/// Takes it out of the environment.
std::optional<std::string> take_variable(const char* name) {
  const char* value = std::getenv(name);
  if (value == nullptr) return std::nullopt;
  std::string text = value;
  ::unsetenv(name);
  return text;
}

}  // namespace

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

std::vector<UniqueFd> take_given_sockets() {
  const auto pid = take_variable("LISTEN_PID");
  const auto number = take_variable("LISTEN_FDS");
  take_variable("LISTEN_FDNAMES");
  std::vector<UniqueFd> sockets;
  // The variables of a parent that forgot to remove them are not about us.
  if (!pid || !number || text::to_int(*pid) != ::getpid()) return sockets;
  const auto count = text::to_int(*number);
  if (!count || *count < 0 || *count > kMostGiven)
    throw Error(Errc::invalid, "LISTEN_FDS: invalid number \"" + *number + '"');
  for (int fd = kFirstGiven; fd < kFirstGiven + *count; ++fd) {
    if (::fcntl(fd, F_SETFD, FD_CLOEXEC) != 0)
      throw Error(Errc::invalid, "LISTEN_FDS: there is no descriptor " + std::to_string(fd));
    sockets.emplace_back(fd);
  }
  return sockets;
}

}  // namespace gantry::daemon
