#include "net/tls.hpp"

#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <utility>

#include "net/quiet_bio.hpp"
#include "net/socket.hpp"
#include "net/tls_context.hpp"

namespace log_remote {

namespace sdk = gantry::sdk;

namespace {

// A peer that goes on listening after our goodbye costs no more than this at the end of a
// container.
constexpr std::chrono::milliseconds kGoodbye{300};

struct FreeSsl {
  void operator()(SSL* ssl) const noexcept { SSL_free(ssl); }
};

bool is_address(const std::string& host) {
  unsigned char raw[sizeof(in6_addr)];
  return ::inet_pton(AF_INET, host.c_str(), raw) == 1 ||
         ::inet_pton(AF_INET6, host.c_str(), raw) == 1;
}

class TlsStream final : public Connection {
 public:
  TlsStream(UniqueFd fd, const Endpoint& endpoint)
      : name_(endpoint.name()), fd_(std::move(fd)), context_(make_ssl_context(endpoint.tls)) {
    ssl_.reset(SSL_new(context_.get()));
    BIO* const bio = ssl_ ? make_quiet_bio(fd_.get()) : nullptr;
    if (!bio) throw sdk::Error(GANTRY_EXHAUSTED, "tls: " + take_ssl_error());
    SSL_set_bio(ssl_.get(), bio, bio);  // owns it now
    SSL_set_connect_state(ssl_.get());
    if (is_address(endpoint.host)) {
      X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl_.get()), endpoint.host.c_str());
    } else {
      SSL_set1_host(ssl_.get(), endpoint.host.c_str());
      SSL_set_tlsext_host_name(ssl_.get(), endpoint.host.c_str());
    }
  }

  void handshake(const Patience& patience) {
    for (;;) {
      const Step step = call([this] { return SSL_do_handshake(ssl_.get()); });
      if (step.result == 1) return;
      if (!is_pending(step)) throw ConnectionLost("dial " + name_ + ": tls: " + why_refused(step));
      wait(step, patience, "dial " + name_ + ": tls: handshake");
    }
  }

  std::size_t send(std::string_view bytes, const Patience& patience) override {
    const int size = static_cast<int>(std::min<std::size_t>(bytes.size(), INT_MAX));
    for (;;) {
      const Step step = call([&] { return SSL_write(ssl_.get(), bytes.data(), size); });
      if (step.result > 0) return static_cast<std::size_t>(step.result);
      if (!is_pending(step)) throw ConnectionLost("write " + name_ + ": " + why(step));
      wait(step, patience, "write " + name_);
    }
  }

  std::size_t receive(char* buffer, std::size_t size, const Patience& patience) override {
    const int room = static_cast<int>(std::min<std::size_t>(size, INT_MAX));
    for (;;) {
      const Step step = call([&] { return SSL_read(ssl_.get(), buffer, room); });
      if (step.result > 0) return static_cast<std::size_t>(step.result);
      if (!is_pending(step)) throw ConnectionLost("read " + name_ + ": " + why(step));
      wait(step, patience, "read " + name_);
    }
  }

  bool has_ended() noexcept override {
    char unread[4096];
    for (;;) {
      const Step step = call([&] { return SSL_read(ssl_.get(), unread, sizeof unread); });
      if (step.result <= 0) return !is_pending(step);
    }
  }

  // TLS 1.3 sends tickets after the handshake; unread, they would make the kernel reset the
  // connection, which may overtake what was sent. So the peer is waited for, a little.
  void finish() noexcept override {
    call([this] { return SSL_shutdown(ssl_.get()); });
    ::shutdown(fd_.get(), SHUT_WR);
    const auto until = Clock::now() + kGoodbye;
    char unread[4096];
    for (;;) {
      const ssize_t got = ::recv(fd_.get(), unread, sizeof unread, 0);
      if (got > 0) continue;
      if (got == 0 || (errno != EAGAIN && errno != EWOULDBLOCK)) return;
      const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - Clock::now());
      pollfd entry{fd_.get(), POLLIN, 0};
      if (left.count() <= 0 || ::poll(&entry, 1, static_cast<int>(left.count())) <= 0) return;
    }
  }

 private:
  struct Step {
    int result, error, os_errno;
  };

  template <class Call>
  Step call(Call&& each) const {
    ERR_clear_error();
    errno = 0;
    const int result = each();
    const int os_errno = errno;
    return {result, SSL_get_error(ssl_.get(), result), os_errno};
  }

  static bool is_pending(const Step& step) {
    return step.error == SSL_ERROR_WANT_READ || step.error == SSL_ERROR_WANT_WRITE;
  }

  void wait(const Step& step, const Patience& patience, const std::string& what) const {
    patience.wait(fd_.get(), step.error == SSL_ERROR_WANT_READ ? POLLIN : POLLOUT, what);
  }

  static std::string why(const Step& step) {
    if (step.error == SSL_ERROR_SYSCALL && step.os_errno != 0) return lower_error(step.os_errno);
    if (step.error == SSL_ERROR_SSL && ERR_peek_error() != 0) return "tls: " + take_ssl_error();
    return "EOF";
  }

  std::string why_refused(const Step& step) const {
    const long verified = SSL_get_verify_result(ssl_.get());
    if (step.error != SSL_ERROR_SSL || verified == X509_V_OK) return why(step);
    return std::string("failed to verify certificate: ") + X509_verify_cert_error_string(verified);
  }

  const std::string name_;
  const UniqueFd fd_;
  const SslContext context_;
  std::unique_ptr<SSL, FreeSsl> ssl_;
};

}  // namespace

std::unique_ptr<Connection> open_tls(UniqueFd fd, const Endpoint& endpoint,
                                     const Patience& patience) {
  try {
    auto stream = std::make_unique<TlsStream>(std::move(fd), endpoint);
    stream->handshake(patience);
    return stream;
  } catch (const ConnectionLost&) {
    throw;
  } catch (const sdk::Error& error) {
    // A file that is being replaced, or was taken away: it may come back.
    if (error.code() == GANTRY_INVALID) throw sdk::Error(GANTRY_UNAVAILABLE, error.what());
    throw;
  }
}

}  // namespace log_remote
