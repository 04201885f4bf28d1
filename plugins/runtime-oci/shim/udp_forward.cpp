#include "udp_forward.hpp"

#include <cerrno>
#include <cstring>

#include "chunk.hpp"
#include "clock.hpp"

namespace gantry::shim {
namespace {

constexpr std::size_t kLargest = 65536;
constexpr int kBatch = 64;

// One buffer for all: datagrams are passed on before the next is read.
char* datagram_buffer() {
  static Chunk buffer;
  if (!buffer) buffer = Chunk::make(kLargest);
  return buffer.data();
}

bool temporary(int error) { return error == EAGAIN || error == EINTR; }

}  // namespace

UdpForward::UdpForward(Loop& loop, UniqueFd socket, const Target& target)
    : loop_(loop), socket_(std::move(socket)), target_(target) {
  watch_.bind<&UdpForward::on_datagram>(loop_, socket_.get(), this);
  deadline_.bind<&UdpForward::on_deadline>(loop_, this);
  watch_.want(EPOLLIN);
}

UdpForward::Session* UdpForward::session_of(const Target& sender) {
  for (auto& session : sessions_) {
    if (!session->closed && session->sender.size == sender.size &&
        std::memcmp(&session->sender.address, &sender.address, sender.size) == 0) {
      return session.get();
    }
  }
  if (sessions_.size() >= kMaxSessions) return nullptr;
  UniqueFd server(
      ::socket(target_.address.ss_family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!server || ::connect(server.get(), reinterpret_cast<const sockaddr*>(&target_.address),
                           target_.size) != 0) {
    return nullptr;
  }
  auto session = std::make_unique<Session>();
  session->forward = this;
  session->sender = sender;
  session->server = std::move(server);
  session->closed = false;
  session->watch.bind<&Session::on_answer>(loop_, session->server.get(), session.get());
  session->watch.want(EPOLLIN);
  sessions_.push_back(std::move(session));
  if (!deadline_.armed()) deadline_.arm(kSessionMs);
  return sessions_.back().get();
}

void UdpForward::on_datagram(std::uint32_t) {
  for (int i = 0; i < kBatch; ++i) {
    Target sender;
    sender.size = sizeof sender.address;
    const ssize_t n = ::recvfrom(socket_.get(), datagram_buffer(), kLargest, MSG_DONTWAIT,
                                 reinterpret_cast<sockaddr*>(&sender.address), &sender.size);
    if (n < 0) return;
    Session* session = session_of(sender);
    if (session == nullptr) continue;  // datagrams may get lost
    session->last_ms = monotonic_ms();
    ::send(session->server.get(), datagram_buffer(), static_cast<std::size_t>(n),
           MSG_DONTWAIT | MSG_NOSIGNAL);
  }
}

void UdpForward::Session::on_answer(std::uint32_t) {
  for (int i = 0; i < kBatch; ++i) {
    const ssize_t n = ::recv(server.get(), datagram_buffer(), kLargest, MSG_DONTWAIT);
    if (n < 0) {
      // ECONNREFUSED: nobody listens in the container; a later answer needs a new session.
      if (!temporary(errno)) {
        watch.stop();
        closed = true;
      }
      return;
    }
    last_ms = monotonic_ms();
    ::sendto(forward->socket_.get(), datagram_buffer(), static_cast<std::size_t>(n),
             MSG_DONTWAIT | MSG_NOSIGNAL, reinterpret_cast<const sockaddr*>(&sender.address),
             sender.size);
  }
}

void UdpForward::on_deadline() {
  const std::int64_t oldest = monotonic_ms() - kSessionMs;
  std::erase_if(sessions_,
                [&](const auto& session) { return session->closed || session->last_ms <= oldest; });
  if (!sessions_.empty()) deadline_.arm(kSessionMs);
}

void UdpForward::sweep() {
  std::erase_if(sessions_, [](const auto& session) { return session->closed; });
}

}  // namespace gantry::shim
