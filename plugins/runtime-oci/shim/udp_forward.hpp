// One published UDP port that is forwarded in user space. Each sender has a session: a socket of
// its own towards the container, so that answers find their way back, given up after a time without
// traffic. Where all are in use a new sender takes the place of the one that was quiet longest.
// Answers leave from the address that the sender wrote to, also where the host has many. The
// deadline exists only while there are senders.
#pragma once

#include <netinet/in.h>

#include <boost/intrusive/list.hpp>
#include <boost/intrusive/set.hpp>

#include "descriptors.hpp"
#include "loop.hpp"
#include "tcp_forward.hpp"

namespace gantry::shim {

class UdpForward;

// Who sent, and which of the host's addresses it wrote to. Compared byte by byte: those not used
// are zero.
struct UdpRoute {
  sockaddr_in6 peer = {};  // or a sockaddr_in
  in6_addr local = {};     // or an in_addr; zero: the kernel chooses
  unsigned interface = 0;  // of a link-local address
  bool operator<(const UdpRoute& other) const;
};

class UdpSession : public boost::intrusive::list_base_hook<>,
                   public boost::intrusive::set_base_hook<> {
 public:
  UdpSession(UdpForward& forward, const UdpRoute& route, UniqueFd server);
  void send(const char* data, std::size_t size);
  void stop();

  const UdpRoute route;
  std::int64_t last_ms = 0;

 private:
  void on_answer(std::uint32_t events);

  UdpForward& forward_;
  DescriptorShare share_;
  UniqueFd server_;
  Watch watch_;
};

class UdpForward {
 public:
  static constexpr std::int64_t kSessionMs = 90'000;
  static constexpr std::size_t kMaxSessions = 1024;

  // Sets `needs_sweep` when there is something for sweep().
  UdpForward(Loop& loop, UniqueFd socket, const Target& target, DescriptorBudget& budget,
             bool& needs_sweep);
  ~UdpForward();
  UdpForward(const UdpForward&) = delete;
  UdpForward& operator=(const UdpForward&) = delete;
  // Destroys sessions that are over.
  void sweep();

 private:
  friend class UdpSession;
  struct RouteOf {
    using type = UdpRoute;
    const UdpRoute& operator()(const UdpSession& session) const { return session.route; }
  };
  using ByRoute = boost::intrusive::set<UdpSession, boost::intrusive::key_of_value<RouteOf>>;
  using Sessions = boost::intrusive::list<UdpSession>;

  void on_datagram(std::uint32_t events);
  void on_deadline();
  UdpSession* session_of(const UdpRoute& route);
  UdpSession* make_session(const UdpRoute& route);
  void touch(UdpSession& session);
  void end(UdpSession& session);
  void answer(const UdpRoute& route, const char* data, std::size_t size);

  Loop& loop_;
  UniqueFd socket_;
  Target target_;
  Watch watch_;
  Timer deadline_;
  DescriptorBudget& budget_;
  bool& needs_sweep_;
  ByRoute by_route_;
  Sessions sessions_;  // owned; the one that was quiet longest first
  Sessions ended_;     // owned
};

}  // namespace gantry::shim
