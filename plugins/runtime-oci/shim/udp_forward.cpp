#include "udp_forward.hpp"

#include <cerrno>
#include <cstring>
#include <memory>

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

void destroy(UdpSession* session) { delete session; }

// A message of one piece with room for the address that it came to or leaves from.
struct Message {
  msghdr head = {};
  iovec piece = {};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(in6_pktinfo))] = {};
  Message(sockaddr_in6& peer, char* data, std::size_t size) : piece{data, size} {
    head.msg_name = &peer;
    head.msg_namelen = peer.sin6_family == AF_INET ? sizeof(sockaddr_in) : sizeof(sockaddr_in6);
    head.msg_iov = &piece;
    head.msg_iovlen = 1;
    head.msg_control = control;
    head.msg_controllen = sizeof control;
  }
  template <class Info>
  void set(int level, int type, const Info& info) {
    cmsghdr* entry = CMSG_FIRSTHDR(&head);
    entry->cmsg_level = level;
    entry->cmsg_type = type;
    entry->cmsg_len = CMSG_LEN(sizeof info);
    std::memcpy(CMSG_DATA(entry), &info, sizeof info);
    head.msg_controllen = CMSG_SPACE(sizeof info);
  }
};

void read_local_address(Message& message, UdpRoute& route) {
  for (cmsghdr* entry = CMSG_FIRSTHDR(&message.head); entry != nullptr;
       entry = CMSG_NXTHDR(&message.head, entry)) {
    if (entry->cmsg_level == IPPROTO_IPV6 && entry->cmsg_type == IPV6_PKTINFO) {
      in6_pktinfo info;
      std::memcpy(&info, CMSG_DATA(entry), sizeof info);
      if (!IN6_IS_ADDR_MULTICAST(&info.ipi6_addr)) route.local = info.ipi6_addr;
      if (IN6_IS_ADDR_LINKLOCAL(&info.ipi6_addr)) route.interface = info.ipi6_ifindex;
    } else if (entry->cmsg_level == IPPROTO_IP && entry->cmsg_type == IP_PKTINFO) {
      in_pktinfo info;
      std::memcpy(&info, CMSG_DATA(entry), sizeof info);
      std::memcpy(&route.local, &info.ipi_spec_dst, sizeof info.ipi_spec_dst);
    }
  }
}

}  // namespace

bool UdpRoute::operator<(const UdpRoute& other) const {
  if (const int order = std::memcmp(&peer, &other.peer, sizeof peer)) return order < 0;
  if (const int order = std::memcmp(&local, &other.local, sizeof local)) return order < 0;
  return interface < other.interface;
}

UdpSession::UdpSession(UdpForward& forward, const UdpRoute& of, UniqueFd server)
    : route(of), forward_(forward), share_(forward.budget_), server_(std::move(server)) {
  share_.take(1);
  watch_.bind<&UdpSession::on_answer>(forward.loop_, server_.get(), this);
  watch_.want(EPOLLIN);
}

void UdpSession::stop() {
  watch_.stop();
  server_.reset();
  share_.give_back();
}

void UdpSession::send(const char* data, std::size_t size) {
  ::send(server_.get(), data, size, MSG_DONTWAIT | MSG_NOSIGNAL);
}

void UdpSession::on_answer(std::uint32_t) {
  for (int i = 0; i < kBatch; ++i) {
    const ssize_t n = ::recv(server_.get(), datagram_buffer(), kLargest, MSG_DONTWAIT);
    if (n < 0) {
      // ECONNREFUSED: nobody listens in the container; a later answer needs a new session.
      if (!temporary(errno)) {
        forward_.end(*this);
      }
      return;
    }
    forward_.touch(*this);
    forward_.answer(route, datagram_buffer(), static_cast<std::size_t>(n));
  }
}

UdpForward::UdpForward(Loop& loop, UniqueFd socket, const Target& target, DescriptorBudget& budget,
                       bool& needs_sweep)
    : loop_(loop),
      socket_(std::move(socket)),
      target_(target),
      budget_(budget),
      needs_sweep_(needs_sweep) {
  const int on = 1;
  ::setsockopt(socket_.get(), IPPROTO_IPV6, IPV6_RECVPKTINFO, &on, sizeof on);
  ::setsockopt(socket_.get(), IPPROTO_IP, IP_PKTINFO, &on, sizeof on);
  watch_.bind<&UdpForward::on_datagram>(loop_, socket_.get(), this);
  deadline_.bind<&UdpForward::on_deadline>(loop_, this);
  watch_.want(EPOLLIN);
}

UdpForward::~UdpForward() {
  by_route_.clear();
  sessions_.clear_and_dispose(destroy);
  ended_.clear_and_dispose(destroy);
}

UdpSession* UdpForward::session_of(const UdpRoute& route) {
  const auto found = by_route_.find(route);
  return found != by_route_.end() ? &*found : make_session(route);
}

UdpSession* UdpForward::make_session(const UdpRoute& route) {
  const bool full = by_route_.size() >= kMaxSessions || !budget_.has_room(1);
  if (full && !sessions_.empty()) end(sessions_.front());
  if (!budget_.has_room(1)) return nullptr;  // all is with other ports
  const auto open = [&] {
    return UniqueFd(
        ::socket(target_.address.ss_family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  };
  UniqueFd server = open();
  if (!server && errno == EMFILE && !sessions_.empty()) {
    end(sessions_.front());
    server = open();
  }
  if (!server || ::connect(server.get(), reinterpret_cast<const sockaddr*>(&target_.address),
                           target_.size) != 0) {
    return nullptr;
  }
  auto session = std::make_unique<UdpSession>(*this, route, std::move(server));
  by_route_.insert(*session);
  sessions_.push_back(*session);
  if (!deadline_.armed()) deadline_.arm(kSessionMs);
  return session.release();
}

void UdpForward::touch(UdpSession& session) {
  session.last_ms = monotonic_ms();
  sessions_.splice(sessions_.end(), sessions_, Sessions::s_iterator_to(session));
}

void UdpForward::end(UdpSession& session) {
  session.stop();
  by_route_.erase(by_route_.iterator_to(session));
  ended_.splice(ended_.end(), sessions_, Sessions::s_iterator_to(session));
  needs_sweep_ = true;
}

void UdpForward::on_datagram(std::uint32_t) {
  for (int i = 0; i < kBatch; ++i) {
    UdpRoute route;
    route.peer.sin6_family = AF_INET6;
    Message message(route.peer, datagram_buffer(), kLargest);
    const ssize_t n = ::recvmsg(socket_.get(), &message.head, MSG_DONTWAIT);
    if (n < 0) return;
    if (route.peer.sin6_family == AF_INET6) route.peer.sin6_flowinfo = 0;
    read_local_address(message, route);
    UdpSession* session = session_of(route);
    if (session == nullptr) continue;  // datagrams may get lost
    touch(*session);
    session->send(datagram_buffer(), static_cast<std::size_t>(n));
  }
}

void UdpForward::answer(const UdpRoute& route, const char* data, std::size_t size) {
  sockaddr_in6 peer = route.peer;
  Message message(peer, const_cast<char*>(data), size);
  if (peer.sin6_family == AF_INET) {
    in_pktinfo info = {};
    std::memcpy(&info.ipi_spec_dst, &route.local, sizeof info.ipi_spec_dst);
    message.set(IPPROTO_IP, IP_PKTINFO, info);
  } else {
    in6_pktinfo info = {};
    info.ipi6_addr = route.local;
    info.ipi6_ifindex = route.interface;
    message.set(IPPROTO_IPV6, IPV6_PKTINFO, info);
  }
  ::sendmsg(socket_.get(), &message.head, MSG_DONTWAIT | MSG_NOSIGNAL);
}

void UdpForward::on_deadline() {
  const std::int64_t now = monotonic_ms();
  while (!sessions_.empty() && sessions_.front().last_ms <= now - kSessionMs) {
    end(sessions_.front());
  }
  if (!sessions_.empty()) deadline_.arm(sessions_.front().last_ms + kSessionMs - now);
}

void UdpForward::sweep() { ended_.clear_and_dispose(destroy); }

}  // namespace gantry::shim
