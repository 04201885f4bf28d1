#include "resolver/tcp_door.hpp"

#include <fcntl.h>
#include <sys/socket.h>

#include <cerrno>

#include "protocol/sockets.hpp"

namespace net_dns {

namespace {

#ifdef MSG_NOSIGNAL
constexpr int kSendFlags = MSG_NOSIGNAL | MSG_DONTWAIT;
#else
constexpr int kSendFlags = MSG_DONTWAIT;
#endif

bool must_wait() { return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR; }

}  // namespace

class TcpDoor::Connection final : public Handler, public Door {
 public:
  Connection(TcpDoor& door, UniqueFd socket, AskerPtr asker)
      : door_(door), socket_(std::move(socket)), asker_(std::move(asker)) {
    door_.poller_.add(socket_.get(), *this);
    client_.door = door_.service_.add_door(*this);
    client_.tcp = true;
    restart_timer();
  }
  ~Connection() override { close(); }

  void close() {
    if (!socket_) return;
    door_.poller_.remove(socket_.get());
    door_.service_.remove_door(client_.door);
    door_.timers_.stop(timer_);
    socket_.reset();
  }

  void ready() override {
    if (!flush() || !read()) door_.end(*this);
  }

  void send(const SocketAddress&, const Bytes& answer) override {
    if (out_.size() + answer.size() + 2 > kMostUnsent) return door_.end(*this);
    out_.push_back(static_cast<std::uint8_t>(answer.size() >> 8));
    out_.push_back(static_cast<std::uint8_t>(answer.size()));
    out_.insert(out_.end(), answer.begin(), answer.end());
    if (!flush()) door_.end(*this);
  }

 private:
  void restart_timer() {
    door_.timers_.stop(timer_);
    timer_ = door_.timers_.start(kIdleMs, [this] { door_.end(*this); });
  }

  bool flush() {
    if (out_.empty()) return true;
    const ssize_t size = ::send(socket_.get(), out_.data(), out_.size(), kSendFlags);
    if (size < 0 && !must_wait()) return false;
    if (size > 0) out_.erase(out_.begin(), out_.begin() + size);
    if (out_.empty() == waits_to_write_) {
      waits_to_write_ = !out_.empty();
      door_.poller_.change(socket_.get(),
                           waits_to_write_ ? Poller::Interest::both : Poller::Interest::read);
    }
    return true;
  }

  bool read() {
    std::uint8_t bytes[4096];
    // Who does not take answers is not asked for more questions.
    while (!waits_to_write_) {
      const ssize_t size = ::recv(socket_.get(), bytes, sizeof bytes, MSG_DONTWAIT);
      if (size < 0) return must_wait();
      if (size == 0) return false;
      in_.insert(in_.end(), bytes, bytes + size);
      restart_timer();
      if (!take_queries()) return false;
    }
    return true;
  }

  bool take_queries() {
    std::size_t at = 0;
    while (in_.size() - at >= 2) {
      const std::size_t length = static_cast<std::size_t>(in_[at]) << 8 | in_[at + 1];
      if (in_.size() - at - 2 < length) break;
      const Bytes* answer = door_.service_.answer(asker_, in_.data() + at + 2, length, client_);
      if (answer) send({}, *answer);
      if (!socket_) return true;  // send() ended it
      at += 2 + length;
    }
    in_.erase(in_.begin(), in_.begin() + static_cast<std::ptrdiff_t>(at));
    return true;
  }

  TcpDoor& door_;
  UniqueFd socket_;
  const AskerPtr asker_;
  Client client_;
  Bytes in_, out_;
  bool waits_to_write_ = false;
  Timers::Id timer_ = 0;
};

TcpDoor::TcpDoor(UniqueFd socket, WhoAsks who, Service& service, Poller& poller, Timers& timers)
    : socket_(std::move(socket)),
      who_(std::move(who)),
      service_(service),
      poller_(poller),
      timers_(timers),
      spare_(::fcntl(socket_.get(), F_DUPFD_CLOEXEC, 0)) {
  poller_.add(socket_.get(), *this);
}

TcpDoor::~TcpDoor() { poller_.remove(socket_.get()); }

void TcpDoor::ready() {
  ended_.clear();
  for (;;) {
    SocketAddress peer;
    peer.size = sizeof peer.storage;
    UniqueFd fd = accept_nonblocking(socket_.get(), peer.get(), &peer.size);
    if (!fd) {
      if (errno == EMFILE || errno == ENFILE) refuse_one();
      return;
    }
    if (connections_.size() >= kMostConnections) continue;  // closed: the client asks again
    auto connection = std::make_unique<Connection>(*this, std::move(fd), who_(peer));
    Connection* key = connection.get();
    connections_.emplace(key, std::move(connection));
  }
}

// A connection that waits would wake the loop again and again.
void TcpDoor::refuse_one() {
  spare_.reset();
  accept_connection(socket_.get()).reset();
  spare_.reset(::fcntl(socket_.get(), F_DUPFD_CLOEXEC, 0));
}

void TcpDoor::end(Connection& connection) {
  const auto it = connections_.find(&connection);
  if (it == connections_.end()) return;
  connection.close();
  ended_.push_back(std::move(it->second));
  connections_.erase(it);
}

}  // namespace net_dns
