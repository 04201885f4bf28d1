#include "core/buildkit/agent_forward.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>

#include <cerrno>
#include <chrono>
#include <memory>
#include <utility>
#include <vector>

#include "core/base/error.hpp"
#include "core/base/log.hpp"
#include "core/base/scope_guard.hpp"
#include "core/base/socket.hpp"
#include "core/buildkit/proto/session.pb.h"

namespace gantry::buildkit {
namespace {

constexpr const char* kForward = "/moby.sshforward.v1.SSH/ForwardAgent";
constexpr int kMaxConnections = 32;  // at a time; more are closed
constexpr std::size_t kAgentPiece = 32u << 10;
constexpr std::chrono::milliseconds kPause{100};

/// Who had come is gone again.
bool is_passing(int error) { return error == EAGAIN || error == ECONNABORTED || error == EINTR; }

}  // namespace

AgentForward::AgentForward(SessionPtr session, std::string id, UniqueFd listener)
    : session_(std::move(session)), id_(std::move(id)), listener_(std::move(listener)) {
  // Who has come may be gone again when it is accepted.
  const int flags = ::fcntl(listener_.get(), F_GETFL);
  if (flags < 0 || ::fcntl(listener_.get(), F_SETFL, flags | O_NONBLOCK) != 0)
    throw_errno("prepare the socket of an SSH agent");
  acceptor_ = std::thread([this] { accept_all(); });
}

AgentForward::~AgentForward() {
  ended_.notify();
  stop_.request_stop();
  acceptor_.join();
  threads_.join_all();
}

void AgentForward::accept_all() {
  for (;;) {
    pollfd fds[2] = {{listener_.get(), POLLIN, 0}, {ended_.fd(), POLLIN, 0}};
    if (::poll(fds, 2, -1) < 0 && errno != EINTR) return;
    if (fds[1].revents != 0) return;
    if (fds[0].revents == 0) continue;
    sa_family_t family = 0;
    UniqueFd accepted = try_accept(listener_.get(), family);
    if (!accepted) {
      // No descriptor to be had, for one: who has come still waits, and is seen again at once.
      if (!is_passing(errno)) wait_for(ended_, Peer(), kPause);
      continue;
    }
    if (connections_ >= kMaxConnections) continue;
    const auto socket = std::make_shared<UniqueFd>(std::move(accepted));
    ++connections_;
    try {
      threads_.run([this, socket] {
        serve(*socket);
        socket->reset();
        --connections_;
      });
    } catch (const std::exception& error) {  // no thread to be had
      --connections_;
      log::warn(std::string("a connection to an SSH agent: ") + error.what());
    }
  }
}

void AgentForward::serve(const UniqueFd& socket) {
  try {
    const auto call = session_->call(kForward, {{"buildkit.ssh.id", id_}});
    const std::stop_callback interrupt(stop_.get_token(),
                                       [&] { ::shutdown(socket.get(), SHUT_RDWR); });
    const std::jthread answers([&] { to_socket(*call, socket.get()); });
    to_client(socket.get(), *call);
  } catch (const std::exception& error) {
    log::debug(std::string("a connection to an SSH agent: ") + error.what());
  }
}

void AgentForward::to_client(int socket, grpc::Call& call) const {
  std::vector<char> buffer(kAgentPiece);
  proto::BytesMessage piece;
  for (;;) {
    const ssize_t size = ::recv(socket, buffer.data(), buffer.size(), 0);
    if (size < 0 && errno == EINTR) continue;
    if (size <= 0) break;
    piece.set_data(buffer.data(), static_cast<std::size_t>(size));
    try {
      call.send(piece.SerializeAsString());
    } catch (const Error&) {  // receive() tells why
      return;
    }
  }
  call.close_send();
}

// When it is told to stop it ends the call, and with that a send() that the client does not take.
void AgentForward::to_socket(grpc::Call& call, int socket) const {
  const ScopeGuard end([&] { ::shutdown(socket, SHUT_RDWR); });
  try {
    proto::BytesMessage piece;
    while (const auto message = call.receive(stop_.get_token())) {
      if (!piece.ParseFromString(*message)) return;
      send_all(socket, piece.data());
    }
  } catch (const std::exception& error) {
    log::debug(std::string("a client's SSH agent: ") + error.what());
  }
}

}  // namespace gantry::buildkit
