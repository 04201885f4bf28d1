#include "core/http/server.hpp"

#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <thread>
#include <utility>

#include "core/base/api_version.hpp"
#include "core/base/error.hpp"
#include "core/base/log.hpp"
#include "core/base/notifier.hpp"
#include "core/base/socket.hpp"
#include "core/http/connection.hpp"
#include "core/http/error_body.hpp"
#include "core/http/response_head.hpp"
#include "core/http/target.hpp"
#include "core/http/tls_handshakes.hpp"
#include "core/http/tls_relay.hpp"
#include "core/http/worker_pool.hpp"

namespace gantry::http {
namespace {

constexpr std::chrono::seconds kGrace{2};
constexpr std::chrono::seconds kStopDeadline{5};
/// After accept(2) failed for lack of descriptors or memory.
constexpr int kAcceptPauseMs = 1000;

constexpr std::chrono::seconds kHandshakeLimit{10};

void tune_tcp(int fd) {
  const int on = 1;
  ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  ::setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
}

/// "192.0.2.7", for the log.
std::string peer_address(int fd) {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  std::array<char, NI_MAXHOST> text{};
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  if (::getpeername(fd, generic, &size) != 0 ||
      ::getnameinfo(generic, size, text.data(), text.size(), nullptr, 0, NI_NUMERICHOST) != 0)
    return "a client";
  return text.data();
}

/// behaviours.md 1.3.
std::string common_headers(const ServerOptions& options) {
  return "Api-Version: " + api_version(kNewestApiMinor) +
         "\r\nDocker-Experimental: false\r\nOstype: " + options.os_type +
         "\r\nServer: " + options.server_header + "\r\n";
}

/// A connection on its way to its thread, counted until that thread is done with it.
struct Place {
  Place(UniqueFd connection, std::shared_ptr<std::atomic<size_t>> count)
      : fd(std::move(connection)), served(std::move(count)) {
    served->fetch_add(1);
  }
  Place(const Place&) = delete;
  Place& operator=(const Place&) = delete;
  ~Place() { served->fetch_sub(1); }

  UniqueFd fd;
  const std::shared_ptr<std::atomic<size_t>> served;
};

}  // namespace

struct Server::Impl {
  Impl(const Router& router, ServerOptions options)
      : context(std::make_shared<ServerContext>(router, options, common_headers(options))),
        pool(options.thread_stack_bytes, options.thread_idle_time),
        relays(options.thread_stack_bytes, options.thread_idle_time) {}

  void accept_until_stopped();
  bool accept_one(const Listener& listener);
  bool try_accept_one(const Listener& listener);
  /// Both: false when there is no thread.
  bool serve(std::shared_ptr<Place> place, bool half_close_is_gone);
  bool serve_tls(std::shared_ptr<Place> place, const Listener& listener);
  void turn_away(int fd, std::string_view message);
  /// False: some are not done.
  bool end_connections();

  std::shared_ptr<ServerContext> context;
  WorkerPool pool;
  WorkerPool relays;  // of TLS; they end after the connections behind them
  std::vector<Listener> listeners;
  std::thread acceptor;
  Notifier stop_requested;
  Notifier stop_relays;
  TlsHandshakes handshakes;
  /// Connections with a thread; shared with those that outlive stop().
  std::shared_ptr<std::atomic<size_t>> served = std::make_shared<std::atomic<size_t>>(0);
};

void Server::Impl::turn_away(int fd, std::string_view message) {
  const std::string body = error_body(message);
  ResponseHead head;
  head.status = 503;
  head.content_type = "application/json";
  head.length = body.size();
  head.keep_alive = false;
  std::string out;
  ResponseHeadWriter(context->common_headers).append(out, head);
  out += body;
  // The acceptor must not wait for a client; a fresh socket has room for this.
  (void)::send(fd, out.data(), out.size(), kNoSigpipe | MSG_DONTWAIT);
}

bool Server::Impl::serve(std::shared_ptr<Place> place, bool half_close_is_gone) {
  return pool.try_run([place = std::move(place), half_close_is_gone, shared = context] {
    try {
      Connection(*shared, std::move(place->fd), half_close_is_gone).serve();
    } catch (...) {
      log::error("a connection could not be set up");
    }
  });
}

bool Server::Impl::serve_tls(std::shared_ptr<Place> place, const Listener& listener) {
  const std::string client = peer_address(place->fd.get());
  const auto relay = std::make_shared<TlsRelay>(std::move(place->fd), *listener.tls, stop_relays);
  handshakes.begin(relay);
  // The place is taken until the relay is done: its client may be slow to read what is left.
  const bool started = relays.try_run([this, place, relay, client, tls = listener.tls] {
    try {
      const std::string failure = relay->shake_hands(kHandshakeLimit);
      handshakes.end(relay);
      if (!failure.empty()) return log::info("TLS handshake with " + client + ": " + failure);
      place->fd = relay->take_plain();
      if (!serve(place, true)) throw Error(Errc::exhausted, "no thread for it");
      relay->run();
    } catch (const std::exception& e) {
      handshakes.end(relay);
      log::error("TLS connection of " + client + ": " + e.what());
    }
  });
  if (!started) handshakes.end(relay);
  return started;
}

/// False when the system lacks what a connection needs.
bool Server::Impl::accept_one(const Listener& listener) {
  sa_family_t family = AF_UNSPEC;
  UniqueFd fd = try_accept(listener.fd.get(), family);
  if (!fd) {
    return errno != EMFILE && errno != ENFILE && errno != ENOBUFS && errno != ENOMEM;
  }
  if (served->load() >= context->options.max_connections) {
    log::warn("too many connections: one turned away");
    if (!listener.tls) turn_away(fd.get(), "too many connections");
    return true;
  }
  const bool tcp = family == AF_INET || family == AF_INET6;
  if (tcp) tune_tcp(fd.get());
  // Shared, because std::function wants copies and a descriptor has one owner.
  const auto place = std::make_shared<Place>(std::move(fd), served);
  const bool started = listener.tls ? serve_tls(place, listener) : serve(place, tcp);
  if (!started) {
    log::error("no thread for a new connection");
    if (!listener.tls) turn_away(place->fd.get(), "no thread for a new connection");
  }
  return started;
}

bool Server::Impl::try_accept_one(const Listener& listener) {
  try {
    return accept_one(listener);
  } catch (const std::exception& e) {  // no memory
    log::error(std::string("accepting a connection: ") + e.what());
    return false;
  }
}

void Server::Impl::accept_until_stopped() {
  QuietWatch& quiet = context->quiet;
  std::vector<pollfd> fds{{stop_requested.fd(), POLLIN, 0}, {quiet.fd(), POLLIN, 0}};
  constexpr size_t kFirstListener = 2;
  for (const Listener& listener : listeners) fds.push_back({listener.fd.get(), POLLIN, 0});
  bool exhausted = false;
  for (;;) {
    // Out of descriptors the listeners stay readable: only the stop flag is watched for a moment.
    const int n = ::poll(fds.data(), static_cast<nfds_t>(exhausted ? 1 : fds.size()),
                         exhausted ? kAcceptPauseMs : quiet.wait_ms(QuietWatch::Clock::now()));
    if (n < 0 && errno != EINTR) {
      log::error("poll on the listening sockets failed");
      return;
    }
    if (n > 0 && fds[0].revents != 0) return;
    const bool listened = !std::exchange(exhausted, false);
    if (!listened || n < 0) continue;
    for (size_t i = kFirstListener; i < fds.size() && !exhausted && n > 0; ++i)
      if (fds[i].revents != 0) exhausted = !try_accept_one(listeners[i - kFirstListener]);
    quiet.look(QuietWatch::Clock::now());
  }
}

bool Server::Impl::end_connections() {
  const auto deadline = std::chrono::steady_clock::now() + kStopDeadline;
  context->open.close_gently();
  if (pool.wait_idle(kGrace)) return true;
  context->open.close_all();
  const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
      deadline - std::chrono::steady_clock::now());
  if (pool.wait_idle(left)) return true;
  log::warn("stopped while " + std::to_string(served->load()) + " requests were under way");
  return false;
}

Server::Server(const Router& router, ServerOptions options)
    : impl_(std::make_unique<Impl>(router, std::move(options))) {}

Server::~Server() { stop(); }

void Server::start(std::vector<Listener> listeners) {
  impl_->listeners = std::move(listeners);
  for (const Listener& listener : impl_->listeners) {
    // A client that is gone before accept(2) must not leave the acceptor waiting on one listener.
    const int flags = ::fcntl(listener.fd.get(), F_GETFL);
    if (flags < 0 || ::fcntl(listener.fd.get(), F_SETFL, flags | O_NONBLOCK) != 0)
      throw_errno("prepare a listening socket");
  }
  impl_->acceptor = std::thread([impl = impl_.get()] { impl->accept_until_stopped(); });
}

bool Server::stop() {
  if (!impl_->acceptor.joinable()) return true;
  impl_->stop_requested.notify();
  impl_->acceptor.join();
  impl_->listeners.clear();
  const bool done = impl_->end_connections();
  impl_->stop_relays.notify();
  const bool relays_done = impl_->relays.wait_idle(kStopDeadline);
  return done && relays_done;
}

size_t Server::connections() const { return impl_->context->open.size(); }

}  // namespace gantry::http
