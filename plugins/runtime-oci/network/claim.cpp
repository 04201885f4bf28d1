#include "network/claim.hpp"

#include <sys/socket.h>
#include <sys/un.h>

#include <cerrno>
#include <cstddef>
#include <cstring>

#include "base/error.hpp"

namespace gantry::oci {

// An abstract address (unix(7)): each network namespace has its own, and they go with the socket.
Claim::Claim(const std::string& name, const std::string& what)
    : socket_(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
  if (!socket_) throw_errno("socket");
  const std::string text = std::string(1, '\0') + "gantry/" + name;
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (text.size() > sizeof address.sun_path)
    throw Error(GANTRY_INVALID, "the name \"" + name + "\" is too long");
  std::memcpy(address.sun_path, text.data(), text.size());
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + text.size());
  if (::bind(socket_.get(), reinterpret_cast<const sockaddr*>(&address), size) == 0) return;
  if (errno == EADDRINUSE) throw Error(GANTRY_CONFLICT, what);
  throw_errno("claim " + name);
}

}  // namespace gantry::oci
