// One published UDP port. Each sender has a session: a socket of its own towards the container, so
// that answers find their way back; it ends after a time without datagrams, by one timer that runs
// only while there are sessions. Threads as TcpForwarder.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/udp.hpp>
#include <chrono>
#include <cstddef>
#include <memory>

namespace gantry::ports {

class UdpForwarder {
 public:
  using Endpoint = boost::asio::ip::udp::endpoint;

  /// Binds. Throws boost::system::system_error.
  UdpForwarder(boost::asio::io_context& context, const Endpoint& host, const Endpoint& target,
               std::size_t max_sessions, std::chrono::milliseconds session_time);
  ~UdpForwarder();
  void start();

 private:
  struct State;
  std::shared_ptr<State> state_;  // shared with the operations under way
};

}  // namespace gantry::ports
