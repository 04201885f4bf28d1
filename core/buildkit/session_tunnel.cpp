#include "core/buildkit/session_tunnel.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <string_view>
#include <thread>
#include <vector>

#include "core/base/error.hpp"
#include "core/base/log.hpp"
#include "core/base/socket.hpp"
#include "core/buildkit/proto/session.pb.h"

namespace gantry::buildkit {
namespace {

constexpr std::size_t kPiece = 32u << 10;

void carry_in(grpc::Call& call, int socket) {
  proto::BytesMessage message;
  while (const auto text = call.receive()) {
    if (!message.ParseFromString(*text))
      throw Error(Errc::invalid, "a piece of a session cannot be read");
    send_all(socket, message.data());
  }
}

void carry_out(grpc::Call& call, int socket) {
  proto::BytesMessage message;
  std::vector<char> buffer(kPiece);
  for (;;) {
    const ssize_t size = ::read(socket, buffer.data(), buffer.size());
    if (size < 0 && errno == EINTR) continue;
    if (size <= 0) return;
    message.set_data(buffer.data(), static_cast<std::size_t>(size));
    call.send(message.SerializeAsString());
  }
}

}  // namespace

void carry(grpc::Call& call, UniqueFd socket) {
  const auto run = [&](void (*direction)(grpc::Call&, int)) {
    try {
      direction(call, socket.get());
    } catch (const Error& error) {
      log::debug(std::string("a session ends: ") + error.what());
    }
    ::shutdown(socket.get(), SHUT_RDWR);  // which ends the other direction, or the session
  };
  std::jthread in([&] { run(carry_in); });
  run(carry_out);
}

}  // namespace gantry::buildkit
