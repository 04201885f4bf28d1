// One published TCP port: accepts connections and relays them to the container. Made on any thread;
// started, used and destroyed on the thread that runs the context (or when none runs it any more).
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstddef>
#include <memory>
#include <set>

namespace gantry::ports {

class TcpRelay;

class TcpForwarder {
 public:
  using Endpoint = boost::asio::ip::tcp::endpoint;

  /// Binds and listens. Throws boost::system::system_error.
  TcpForwarder(boost::asio::io_context& context, const Endpoint& host, const Endpoint& target,
               std::size_t max_connections);
  /// Closes the port and all connections.
  ~TcpForwarder();
  void start();

 private:
  struct State;
  std::shared_ptr<State> state_;  // shared with the operations under way
};

}  // namespace gantry::ports
