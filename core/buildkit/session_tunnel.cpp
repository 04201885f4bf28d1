#include "core/buildkit/session_tunnel.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <exception>
#include <stop_token>
#include <string_view>
#include <thread>
#include <vector>

#include "core/base/error.hpp"
#include "core/base/log.hpp"
#include "core/base/socket.hpp"
#include "core/buildkit/proto/session.pb.h"

namespace gantry::buildkit {
namespace {

constexpr std::size_t kTunnelPiece = 32u << 10;

void carry_in(grpc::Call& call, int socket, const std::stop_token& stop) {
  proto::BytesMessage message;
  while (const auto text = call.receive(stop)) {
    if (!message.ParseFromString(*text))
      throw Error(Errc::invalid, "a piece of a session cannot be read");
    send_all(socket, message.data());
  }
}

void carry_out(grpc::Call& call, int socket) {
  proto::BytesMessage message;
  std::vector<char> buffer(kTunnelPiece);
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
  const auto run = [&](const auto& direction) {
    try {
      direction();
    } catch (const std::exception& error) {
      log::debug(std::string("a session ends: ") + error.what());
    }
    ::shutdown(socket.get(), SHUT_RDWR);  // which ends carry_out, or the session
  };
  const std::jthread in(
      [&](const std::stop_token& stop) { run([&] { carry_in(call, socket.get(), stop); }); });
  run([&] { carry_out(call, socket.get()); });
}

}  // namespace gantry::buildkit
