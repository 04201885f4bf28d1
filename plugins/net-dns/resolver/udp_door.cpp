#include "resolver/udp_door.hpp"

#include <sys/socket.h>

#include <cerrno>

namespace net_dns {

namespace {

constexpr int kMostAtOnce = 64;  // then the others have their turn
// Bytes of questions that wait. The kernel doubles it, and takes 768 for each.
constexpr int kQueued = 512 * 1024;

}  // namespace

UdpDoor::UdpDoor(UniqueFd socket, WhoAsks who, Service& service, Poller& poller)
    : socket_(std::move(socket)), who_(std::move(who)), service_(service), poller_(poller) {
#ifdef SO_RCVBUFFORCE  // by default some 270 find room
  ::setsockopt(socket_.get(), SOL_SOCKET, SO_RCVBUFFORCE, &kQueued, sizeof kQueued);
#endif
  poller_.add(socket_.get(), *this);
  client_.door = service_.add_door(*this);
}

UdpDoor::~UdpDoor() {
  poller_.remove(socket_.get());
  service_.remove_door(client_.door);
}

void UdpDoor::ready() {
  static std::uint8_t bytes[kLargestMessage];
  for (int i = 0; i < kMostAtOnce; ++i) {
    client_.peer.size = sizeof client_.peer.storage;
    const ssize_t size = ::recvfrom(socket_.get(), bytes, sizeof bytes, MSG_DONTWAIT,
                                    client_.peer.get(), &client_.peer.size);
    // An error is that of an earlier answer, whose client is gone.
    if (size < 0 && errno != EAGAIN && errno != EWOULDBLOCK) continue;
    if (size < 0) return;
    const Bytes* answer =
        service_.answer(who_(client_.peer), bytes, static_cast<std::size_t>(size), client_);
    if (answer) send(client_.peer, *answer);
  }
}

void UdpDoor::send(const SocketAddress& peer, const Bytes& answer) {
  ::sendto(socket_.get(), answer.data(), answer.size(), MSG_DONTWAIT, peer.get(), peer.size);
}

}  // namespace net_dns
