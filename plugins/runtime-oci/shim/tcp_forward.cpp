#include "tcp_forward.hpp"

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>

#include <cerrno>
#include <memory>

#include "terminal.hpp"

namespace gantry::shim {
namespace {

constexpr std::int64_t kRetryMs = 1000;

void destroy(TcpPair* pair) { delete pair; }

}  // namespace

bool Splice::open() {
  if (!make_pipe(reader_, writer_)) return false;
  set_nonblocking(reader_.get());
  set_nonblocking(writer_.get());
  return true;
}

bool Splice::pump(int from, int to) {
  for (int i = 0; i < 16; ++i) {
    bool moved = false;
    if (wants_input()) {
      const ssize_t n =
          ::splice(from, nullptr, writer_.get(), nullptr, kHold, SPLICE_F_MOVE | SPLICE_F_NONBLOCK);
      if (n > 0) {
        held_ += static_cast<std::size_t>(n);
        full_ = held_ >= kHold;
        moved = true;
      } else if (n == 0) {
        ended_ = true;
      } else if (errno == EAGAIN) {
        find_out_whether_full(from);
      } else if (errno != EINTR) {
        return false;
      }
    }
    if (held_ > 0) {
      const ssize_t n =
          ::splice(reader_.get(), nullptr, to, nullptr, held_, SPLICE_F_MOVE | SPLICE_F_NONBLOCK);
      if (n > 0) {
        held_ -= static_cast<std::size_t>(n);
        full_ = false;
        moved = true;
      } else if (n < 0 && errno != EAGAIN && errno != EINTR) {
        return false;
      }
    }
    if (!moved) break;
  }
  if (finished() && !shut_) {
    shut_ = true;
    ::shutdown(to, SHUT_WR);
  }
  return true;
}

// A pipe has room for so many packets, however small they are, and splice says the same of a full
// one as of a socket without input.
void Splice::find_out_whether_full(int from) {
  char byte;
  if (held_ == 0) return;
  full_ =
      ::recv(from, &byte, 1, MSG_PEEK | MSG_DONTWAIT) >= 0 || (errno != EAGAIN && errno != EINTR);
}

TcpPair::TcpPair(Loop& loop, UniqueFd client, const Target& target, TcpForward& owner,
                 DescriptorBudget& budget)
    : owner_(owner), share_(budget), client_(std::move(client)) {
  share_.take(kDescriptors);
  server_.reset(::socket(target.address.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!server_ || !up_.open() || !down_.open()) {
    close();
    return;
  }
  const int on = 1;
  ::setsockopt(client_.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  ::setsockopt(server_.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if (::connect(server_.get(), reinterpret_cast<const sockaddr*>(&target.address), target.size) !=
          0 &&
      errno != EINPROGRESS) {
    close();
    return;
  }
  client_watch_.bind<&TcpPair::on_client>(loop, client_.get(), this);
  server_watch_.bind<&TcpPair::on_server>(loop, server_.get(), this);
  client_watch_.want(0);
  server_watch_.want(EPOLLOUT);
}

void TcpPair::on_client(std::uint32_t events) {
  if (!connected_ && (events & (EPOLLHUP | EPOLLERR)) != 0) return close();
  pump();
}

void TcpPair::on_server(std::uint32_t events) {
  if (!connected_) {
    int error = 0;
    socklen_t size = sizeof error;
    ::getsockopt(server_.get(), SOL_SOCKET, SO_ERROR, &error, &size);
    if (error != 0 || (events & EPOLLERR) != 0) return close();
    connected_ = true;
  }
  pump();
}

void TcpPair::pump() {
  if (closed() || !connected_) return;
  const bool alive =
      up_.pump(client_.get(), server_.get()) && down_.pump(server_.get(), client_.get());
  if (!alive || (up_.finished() && down_.finished())) return close();
  watch(client_watch_, up_, down_);
  watch(server_watch_, down_, up_);
}

void TcpPair::watch(Watch& watch, const Splice& in, const Splice& out) {
  const std::uint32_t events = (in.wants_input() ? std::uint32_t{EPOLLIN} : 0u) |
                               (out.wants_output() ? std::uint32_t{EPOLLOUT} : 0u);
  // A hang-up is always reported: nobody would do anything about it before the other side moves.
  if (events == 0) return watch.stop();
  watch.want(events);
}

void TcpPair::close() {
  client_watch_.stop();
  server_watch_.stop();
  client_.reset();
  server_.reset();
  owner_.retire(*this);
}

TcpForward::TcpForward(Loop& loop, UniqueFd listener, const Target& target,
                       DescriptorBudget& budget, bool& needs_sweep)
    : loop_(loop),
      listener_(std::move(listener)),
      target_(target),
      budget_(budget),
      needs_sweep_(needs_sweep) {
  watch_.bind<&TcpForward::on_accept>(loop_, listener_.get(), this);
  retry_.bind<&TcpForward::resume>(loop_, this);
  watch_.want(EPOLLIN);
}

TcpForward::~TcpForward() {
  pairs_.clear_and_dispose(destroy);
  closed_.clear_and_dispose(destroy);
}

// One that failed while it was made is in no list yet.
void TcpForward::retire(TcpPair& pair) {
  if (!pair.is_linked()) return;
  closed_.splice(closed_.end(), pairs_, Pairs::s_iterator_to(pair));
  needs_sweep_ = true;
}

void TcpForward::on_accept(std::uint32_t) {
  while (has_room()) {
    UniqueFd client(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
    if (!client) {
      if (descriptors_used_up(errno)) wait_for_room();
      return;
    }
    auto pair = std::make_unique<TcpPair>(loop_, std::move(client), target_, *this, budget_);
    if (!pair->closed()) pairs_.push_back(*pair.release());
  }
  wait_for_room();
}

bool TcpForward::has_room() const {
  return pairs_.size() < kMaxPairs && budget_.has_room(TcpPair::kDescriptors);
}

// Until a pair of any port ends (resume), or for a second, as others may have taken the
// descriptors.
void TcpForward::wait_for_room() {
  watch_.stop();
  retry_.arm(kRetryMs);
}

void TcpForward::resume() { watch_.want(EPOLLIN); }

void TcpForward::sweep() { closed_.clear_and_dispose(destroy); }

}  // namespace gantry::shim
