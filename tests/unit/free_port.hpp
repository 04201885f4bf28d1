// Ports for tests that let somebody else listen at them.
#pragma once

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdint>

#include "core/base/unique_fd.hpp"

namespace gantry::test {

/// Free on 127.0.0.1 for TCP and UDP, and below those that the kernel gives to whoever asks for
/// any. Tests that run at the same time begin at different ones.
inline int free_port() {
  static int next = 20000 + ::getpid() % 600 * 16;
  const auto free = [](int type) {
    const UniqueFd fd(::socket(AF_INET, type, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(next));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return ::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  };
  do {
    ++next;
  } while (!free(SOCK_STREAM) || !free(SOCK_DGRAM));
  return next;
}

}  // namespace gantry::test
