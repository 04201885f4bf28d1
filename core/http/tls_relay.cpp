#include "core/http/tls_relay.hpp"

#include <fcntl.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <poll.h>

#include <cerrno>
#include <string_view>
#include <tuple>
#include <utility>

#include "core/base/error.hpp"
#include "core/base/openssl_reason.hpp"
#include "core/base/socket.hpp"

namespace gantry::http {
namespace {

constexpr std::chrono::seconds kStopLimit{1};
/// For a client to hang up when the server has: closing first might lose it the last bytes.
constexpr std::chrono::seconds kGoodbyeLimit{2};
/// For the stop flag, while bytes go on and on.
constexpr unsigned kRoundsBetweenLooks = 64;
constexpr std::string_view kPlainHttp =
    "HTTP/1.0 400 Bad Request\r\n\r\nClient sent an HTTP request to an HTTPS server.\n";

bool would_block() { return errno == EAGAIN || errno == EWOULDBLOCK; }

void refuse_plain_http(int fd) {
  (void)::send(fd, kPlainHttp.data(), kPlainHttp.size(), kNoSigpipe);
  ::shutdown(fd, SHUT_WR);
  // Closing with something unread would take the answer back: a head is in one of these.
  std::array<char, 16384> rest;
  for (int i = 0; i < 4 && ::recv(fd, rest.data(), rest.size(), 0) > 0; ++i) {
  }
}

void set_nonblocking(int fd) {
  const int flags = ::fcntl(fd, F_GETFL);
  if (flags < 0 || ::fcntl(fd, F_SETFL, flags | O_NONBLOCK) != 0) throw_errno("fcntl");
}

}  // namespace

void TlsRelay::Free::operator()(ssl_st* ssl) const { SSL_free(ssl); }

TlsRelay::TlsRelay(UniqueFd client, const TlsContext& context, const Notifier& stop)
    : client_(std::move(client)), ssl_(SSL_new(context.get())), stop_(stop) {
  if (!ssl_ || SSL_set_fd(ssl_.get(), client_.get()) != 1)
    throw Error(Errc::exhausted, "TLS: " + openssl_reason());
  set_nonblocking(client_.get());
  std::tie(plain_, ours_) = make_socket_pair();
  set_nonblocking(ours_.get());
}

TlsRelay::~TlsRelay() = default;

std::string TlsRelay::shake_hands(std::chrono::seconds limit) {
  const Deadline deadline = deadline_after(limit);
  for (;;) {
    ERR_clear_error();
    const int result = SSL_accept(ssl_.get());
    if (result == 1) return {};
    const int error = SSL_get_error(ssl_.get(), result);
    if (error != SSL_ERROR_WANT_READ && error != SSL_ERROR_WANT_WRITE) {
      if (error == SSL_ERROR_SYSCALL) return "the client hung up";
      if (ERR_GET_REASON(ERR_peek_error()) == SSL_R_HTTP_REQUEST) refuse_plain_http(client_.get());
      return openssl_reason();
    }
    const short events = error == SSL_ERROR_WANT_READ ? POLLIN : POLLOUT;
    pollfd fds[] = {{client_.get(), events, 0}, {stop_.fd(), POLLIN, 0}};
    if (::poll(fds, 2, poll_timeout(deadline)) < 0 && errno != EINTR) throw_errno("poll");
    if (fds[1].revents != 0) return "the engine is stopping";
    if (gantry::is_over(deadline)) return "the client took too long";
  }
}

void TlsRelay::take_failure(int result) {
  switch (SSL_get_error(ssl_.get(), result)) {
    case SSL_ERROR_WANT_READ:
      client_events_ |= POLLIN;
      break;
    case SSL_ERROR_WANT_WRITE:
      client_events_ |= POLLOUT;
      break;
    case SSL_ERROR_ZERO_RETURN:
      client_done_ = true;
      ::shutdown(ours_.get(), SHUT_WR);
      break;
    default:
      broken_ = true;
  }
  ERR_clear_error();
}

bool TlsRelay::read_client() {
  Pipe& pipe = to_server_;
  if (client_done_ || broken_ || !pipe.empty()) return false;
  const int n = SSL_read(ssl_.get(), pipe.bytes.data(), static_cast<int>(pipe.bytes.size()));
  if (n <= 0) {
    take_failure(n);
    return false;
  }
  pipe.begin = 0;
  pipe.end = server_deaf_ ? 0 : static_cast<std::size_t>(n);
  return true;
}

bool TlsRelay::write_server() {
  Pipe& pipe = to_server_;
  if (broken_ || pipe.empty()) return false;
  const ssize_t n =
      ::send(ours_.get(), pipe.bytes.data() + pipe.begin, pipe.end - pipe.begin, kNoSigpipe);
  if (n > 0) {
    pipe.begin += static_cast<std::size_t>(n);
    return true;
  }
  if (would_block()) {
    server_events_ |= POLLOUT;
    return false;
  }
  if (errno == EINTR) return true;
  server_deaf_ = true;  // whatever else comes is for nobody
  pipe.begin = pipe.end = 0;
  return true;
}

bool TlsRelay::read_server() {
  Pipe& pipe = to_client_;
  if (server_done_ || broken_ || !pipe.empty()) return false;
  const ssize_t n = ::recv(ours_.get(), pipe.bytes.data(), pipe.bytes.size(), 0);
  if (n > 0) {
    pipe.begin = 0;
    pipe.end = static_cast<std::size_t>(n);
    return true;
  }
  if (n < 0 && would_block()) {
    server_events_ |= POLLIN;
    return false;
  }
  if (n < 0 && errno == EINTR) return true;
  server_done_ = true;
  return true;
}

bool TlsRelay::write_client() {
  Pipe& pipe = to_client_;
  if (broken_ || pipe.empty()) return false;
  const int n = SSL_write(ssl_.get(), pipe.bytes.data() + pipe.begin,
                          static_cast<int>(pipe.end - pipe.begin));
  if (n <= 0) {
    take_failure(n);
    return false;
  }
  pipe.begin += static_cast<std::size_t>(n);
  return true;
}

void TlsRelay::say_goodbye() {
  if (!said_goodbye_ && !broken_ && server_done_ && to_client_.empty()) {
    const int result = SSL_shutdown(ssl_.get());
    if (result < 0) return take_failure(result);
    ::shutdown(client_.get(), SHUT_WR);
    said_goodbye_ = true;
  }
  if (said_goodbye_ && server_deaf_ && !end_) end_ = deadline_after(kGoodbyeLimit);
}

void TlsRelay::give_up() { ::shutdown(client_.get(), SHUT_RDWR); }

bool TlsRelay::is_over() const {
  if (broken_ || gantry::is_over(end_) || (said_goodbye_ && client_done_)) return true;
  const bool read_all = server_done_ || (server_events_ & POLLIN) != 0;
  return stopping_ && read_all && to_client_.empty();
}

void TlsRelay::wait(bool only_look) {
  // A side that nothing is wanted of would wake this thread again and again by its POLLHUP.
  const bool watched = server_events_ != 0 || (server_done_ && !server_deaf_);
  pollfd fds[] = {{client_.get(), client_events_, 0},
                  {watched ? ours_.get() : -1, server_events_, 0},
                  {stopping_ ? -1 : stop_.fd(), POLLIN, 0}};
  if (::poll(fds, 3, only_look ? 0 : poll_timeout(end_)) < 0 && errno != EINTR) throw_errno("poll");
  if (client_events_ == 0 && (fds[0].revents & (POLLHUP | POLLERR)) != 0) broken_ = true;
  if (server_done_ && (fds[1].revents & (POLLHUP | POLLERR)) != 0) server_deaf_ = true;
  if (fds[2].revents != 0) {
    stopping_ = true;
    end_ = deadline_after(kStopLimit);
  }
}

void TlsRelay::run() {
  plain_.reset();
  for (unsigned round = 1;; ++round) {
    client_events_ = server_events_ = 0;
    bool moved = false;
    moved |= read_client();
    moved |= write_server();
    moved |= read_server();
    moved |= write_client();
    say_goodbye();
    if (is_over()) return;
    if (!moved || round % kRoundsBetweenLooks == 0) wait(moved);
  }
}

}  // namespace gantry::http
