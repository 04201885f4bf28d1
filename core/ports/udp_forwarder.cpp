#include "core/ports/udp_forwarder.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/v6_only.hpp>
#include <boost/asio/steady_timer.hpp>
#include <list>
#include <map>
#include <vector>

namespace gantry::ports {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;
using UdpSocket = asio::ip::udp::socket;
using Clock = std::chrono::steady_clock;

constexpr std::size_t kLargest = 65536;
constexpr int kDatagramsInARow = 64;

/// Each datagram is passed on before the next is read on this thread.
asio::mutable_buffer datagram_buffer() {
  thread_local std::vector<char> buffer(kLargest);
  return asio::buffer(buffer);
}

struct Session {
  Session(asio::io_context& context, const asio::ip::udp::endpoint& from)
      : sender(from), server(context) {}
  const asio::ip::udp::endpoint sender;
  UdpSocket server;
  Clock::time_point last;
};

}  // namespace

struct UdpForwarder::State : std::enable_shared_from_this<State> {
  using Sessions = std::list<std::shared_ptr<Session>>;

  State(asio::io_context& c, const Endpoint& host, const Endpoint& to, std::size_t limit,
        std::chrono::milliseconds time)
      : context(c), socket(c), expiry(c), target(to), max_sessions(limit), session_time(time) {
    socket.open(host.protocol());
    if (host.address().is_v6()) socket.set_option(asio::ip::v6_only(true));
    socket.bind(host);
    socket.non_blocking(true);
  }

  void wait() {
    socket.async_wait(UdpSocket::wait_read, [self = shared_from_this()](error_code error) {
      if (self->closed || error) return;
      self->receive();
      self->wait();
    });
  }

  void receive() {
    for (int i = 0; i < kDatagramsInARow; ++i) {
      error_code error;
      Endpoint sender;
      const auto size = socket.receive_from(datagram_buffer(), sender, 0, error);
      if (error) return;  // nothing more now, or an answer that did not arrive
      const auto session = session_of(sender);
      if (!session) continue;  // datagrams may get lost
      touch(*session);
      (**session)->server.send(asio::buffer(datagram_buffer(), size), 0, error);
    }
  }

  /// null: no socket for it.
  Sessions::iterator* session_of(const Endpoint& sender) {
    const auto found = by_sender.find(sender);
    if (found != by_sender.end()) return &found->second;
    if (sessions.size() >= max_sessions) end(sessions.begin());
    auto made = std::make_shared<Session>(context, sender);
    error_code error;
    made->server.open(target.protocol(), error);
    if (!error) made->server.non_blocking(true, error);
    if (!error) made->server.connect(target, error);
    if (error) return nullptr;
    sessions.push_back(made);
    wait_for_answer(made);
    const auto entry = by_sender.emplace(sender, std::prev(sessions.end())).first;
    if (sessions.size() == 1) wait_for_expiry(session_time);
    return &entry->second;
  }

  void touch(Sessions::iterator at) {
    (*at)->last = Clock::now();
    sessions.splice(sessions.end(), sessions, at);
  }

  void end(Sessions::iterator at) {
    error_code ignored;
    (*at)->server.close(ignored);
    by_sender.erase((*at)->sender);
    sessions.erase(at);
  }

  void wait_for_answer(const std::shared_ptr<Session>& session) {
    session->server.async_wait(UdpSocket::wait_read,
                               [self = shared_from_this(), session](error_code error) {
                                 if (self->closed || error) return;
                                 self->pass_back(session);
                               });
  }

  void pass_back(const std::shared_ptr<Session>& session) {
    const auto entry = by_sender.find(session->sender);
    if (entry == by_sender.end() || *entry->second != session) return;
    for (int i = 0; i < kDatagramsInARow; ++i) {
      error_code error;
      const auto size = session->server.receive(datagram_buffer(), 0, error);
      if (error == asio::error::would_block || error == asio::error::try_again) break;
      // Nobody listens in the container; a later datagram begins a new session.
      if (error) return end(entry->second);
      touch(entry->second);
      socket.send_to(asio::buffer(datagram_buffer(), size), session->sender, 0, error);
    }
    wait_for_answer(session);
  }

  void wait_for_expiry(Clock::duration time) {
    expiry.expires_after(time);
    expiry.async_wait([self = shared_from_this()](error_code error) {
      if (self->closed || error) return;
      self->expire();
    });
  }

  void expire() {
    const auto now = Clock::now();
    while (!sessions.empty() && sessions.front()->last + session_time <= now) end(sessions.begin());
    if (!sessions.empty()) wait_for_expiry(sessions.front()->last + session_time - now);
  }

  void close() {
    closed = true;
    error_code ignored;
    socket.close(ignored);
    expiry.cancel();
    for (const auto& session : sessions) session->server.close(ignored);
    sessions.clear();
    by_sender.clear();
  }

  asio::io_context& context;
  UdpSocket socket;
  asio::steady_timer expiry;
  const Endpoint target;
  const std::size_t max_sessions;
  const std::chrono::milliseconds session_time;
  Sessions sessions;  // the one that was quiet longest first
  std::map<Endpoint, Sessions::iterator> by_sender;
  bool closed = false;
};

UdpForwarder::UdpForwarder(asio::io_context& context, const Endpoint& host, const Endpoint& target,
                           std::size_t max_sessions, std::chrono::milliseconds session_time)
    : state_(std::make_shared<State>(context, host, target, max_sessions, session_time)) {}

UdpForwarder::~UdpForwarder() { state_->close(); }

void UdpForwarder::start() { state_->wait(); }

}  // namespace gantry::ports
