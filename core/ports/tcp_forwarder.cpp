#include "core/ports/tcp_forwarder.hpp"

#include <boost/asio/ip/v6_only.hpp>
#include <chrono>

#include "core/ports/tcp_relay.hpp"

namespace gantry::ports {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;
using TcpSocket = asio::ip::tcp::socket;

/// After accept failed for lack of descriptors, or when there are as many as may be.
constexpr std::chrono::milliseconds kPause{1000};

}  // namespace

struct TcpForwarder::State : std::enable_shared_from_this<State> {
  State(asio::io_context& context, const Endpoint& host, const Endpoint& to, std::size_t limit)
      : acceptor(context), pause(context), target(to), max_connections(limit) {
    acceptor.open(host.protocol());
    acceptor.set_option(asio::socket_base::reuse_address(true));
    if (host.address().is_v6()) acceptor.set_option(asio::ip::v6_only(true));
    acceptor.bind(host);
    acceptor.listen(asio::socket_base::max_listen_connections);
  }

  void accept() {
    acceptor.async_accept([self = shared_from_this()](error_code error, TcpSocket client) {
      if (self->closed) return;
      if (!error) self->relay(std::move(client));
      // A client that is gone already is no reason to stop.
      if (error && error != asio::error::connection_aborted) return self->rest();
      if (self->relays.size() >= self->max_connections) return self->rest();
      self->accept();
    });
  }

  /// Until a connection has ended, or another process has given descriptors back.
  void rest() {
    pause.expires_after(kPause);
    pause.async_wait([self = shared_from_this()](error_code) {
      if (self->closed) return;
      if (self->relays.size() >= self->max_connections) return self->rest();
      self->accept();
    });
  }

  void relay(TcpSocket client) {
    auto made = std::make_shared<TcpRelay>(std::move(client));
    relays.insert(made);
    made->start(target, [weak = weak_from_this()](const std::shared_ptr<TcpRelay>& ended) {
      const auto self = weak.lock();
      if (!self || self->closed) return;
      self->relays.erase(ended);
      self->pause.cancel();
    });
  }

  void close() {
    closed = true;
    error_code ignored;
    acceptor.close(ignored);
    pause.cancel();
    for (const auto& each : relays) each->close();
    relays.clear();
  }

  asio::ip::tcp::acceptor acceptor;
  asio::steady_timer pause;
  const Endpoint target;
  const std::size_t max_connections;
  std::set<std::shared_ptr<TcpRelay>> relays;
  bool closed = false;
};

TcpForwarder::TcpForwarder(asio::io_context& context, const Endpoint& host, const Endpoint& target,
                           std::size_t max_connections)
    : state_(std::make_shared<State>(context, host, target, max_connections)) {}

TcpForwarder::~TcpForwarder() { state_->close(); }

void TcpForwarder::start() { state_->accept(); }

}  // namespace gantry::ports
