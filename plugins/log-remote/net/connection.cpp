#include "net/connection.hpp"

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "net/resolver.hpp"
#include "net/socket.hpp"
#include "net/tls.hpp"

namespace log_remote {

namespace sdk = gantry::sdk;

namespace {

constexpr std::chrono::milliseconds kLeastPerAddress{1000};

class Stream final : public Connection {
 public:
  Stream(UniqueFd fd, std::string name) : fd_(std::move(fd)), name_(std::move(name)) {}

  std::size_t send(std::string_view bytes, const Patience& patience) override {
    for (;;) {
      const ssize_t sent = send_quietly(fd_.get(), bytes.data(), bytes.size());
      if (sent >= 0) return static_cast<std::size_t>(sent);
      if (errno != EAGAIN && errno != EWOULDBLOCK)
        throw ConnectionLost("write " + name_ + ": " + lower_error(errno), errno);
      patience.wait(fd_.get(), POLLOUT, "write " + name_);
    }
  }

  std::size_t receive(char* buffer, std::size_t size, const Patience& patience) override {
    for (;;) {
      const ssize_t got = ::recv(fd_.get(), buffer, size, 0);
      if (got > 0) return static_cast<std::size_t>(got);
      if (got == 0) throw ConnectionLost("read " + name_ + ": EOF");
      if (errno == EINTR) continue;
      if (errno != EAGAIN && errno != EWOULDBLOCK)
        throw ConnectionLost("read " + name_ + ": " + lower_error(errno), errno);
      patience.wait(fd_.get(), POLLIN, "read " + name_);
    }
  }

  bool has_ended() noexcept override {
    char unread[4096];
    for (;;) {
      const ssize_t got = ::recv(fd_.get(), unread, sizeof unread, 0);
      if (got == 0) return true;
      if (got < 0 && errno != EINTR) return errno != EAGAIN && errno != EWOULDBLOCK;
    }
  }

  // Unread input would make the kernel send a reset, which may overtake what was sent.
  void finish() noexcept override {
    ::shutdown(fd_.get(), SHUT_WR);
    has_ended();
  }

 private:
  const UniqueFd fd_;
  const std::string name_;
};

class Datagrams final : public Connection {
 public:
  Datagrams(UniqueFd fd, const Endpoint& endpoint)
      : fd_(std::move(fd)), name_(endpoint.name()), udp_(endpoint.network == Network::kUdp) {}

  bool is_datagrams() const override { return true; }

  std::size_t send(std::string_view bytes, const Patience& patience) override {
    for (;;) {
      if (send_quietly(fd_.get(), bytes.data(), bytes.size()) >= 0) return bytes.size();
      const int error = errno;
      if (error == EAGAIN || error == EWOULDBLOCK)
        patience.wait(fd_.get(), POLLOUT, "write " + name_);
      else
        fail(error);
    }
  }

  std::size_t receive(char*, std::size_t, const Patience&) override {
    throw sdk::Error(GANTRY_UNSUPPORTED, "read " + name_ + ": nothing comes back");
  }
  // A look would take away the error of the datagram before, which the next send() shall report.
  bool has_ended() noexcept override { return false; }
  void finish() noexcept override {}

 private:
  [[noreturn]] void fail(int error) const {
    const std::string text = "write " + name_ + ": " + lower_error(error);
    if (error == EMSGSIZE) throw sdk::Error(GANTRY_INVALID, text, error);
    // A new UDP socket would only forget that nobody listens.
    if (udp_ || error == ENOBUFS) throw sdk::Error(GANTRY_UNAVAILABLE, text, error);
    throw ConnectionLost(text, error);
  }

  const UniqueFd fd_;
  const std::string name_;
  const bool udp_;
};

std::unique_ptr<Connection> open(const Endpoint& endpoint, const Address& address,
                                 const Patience& patience) {
  UniqueFd fd = open_socket(endpoint, address, patience);
  if (endpoint.is_datagrams()) return std::make_unique<Datagrams>(std::move(fd), endpoint);
  if (endpoint.network == Network::kTls)
    return open_tls(std::move(fd), endpoint, patience.with(patience.limit()));
  return std::make_unique<Stream>(std::move(fd), endpoint.name());
}

}  // namespace

std::unique_ptr<Connection> connect(const Endpoint& endpoint, const Patience& patience) {
  const std::vector<Address> addresses = resolve(endpoint, patience);
  // No address may use up the time of the others.
  const auto share = patience.limit() / static_cast<int>(addresses.size());
  const auto limit = std::min(patience.limit(), std::max(share, kLeastPerAddress));
  for (std::size_t i = 0;; ++i) {
    try {
      return open(endpoint, addresses[i], patience.with(limit));
    } catch (const sdk::Error& error) {
      if (error.code() == GANTRY_CANCELLED || i + 1 == addresses.size()) throw;
    }
  }
}

}  // namespace log_remote
