// One TCP connection and its counterpart in the container, joined: bytes go both ways, each
// direction with its own end (half-close) and at the pace of its receiver. What a receiver does not
// take yet is kept, at most one read of it; idle connections hold no buffer. Thread: the context's.
#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <functional>
#include <memory>
#include <vector>

namespace gantry::ports {

class TcpRelay : public std::enable_shared_from_this<TcpRelay> {
 public:
  using Socket = boost::asio::ip::tcp::socket;
  using OnEnd = std::function<void(const std::shared_ptr<TcpRelay>&)>;

  explicit TcpRelay(Socket client);
  /// `on_end` is called once, unless close() comes first.
  void start(const boost::asio::ip::tcp::endpoint& target, OnEnd on_end);
  void close();

 private:
  struct Direction {
    Socket& from;
    Socket& to;
    std::vector<char> kept = {};
    std::size_t sent = 0;  // of what is kept
    bool ended = false;
  };

  void begin();
  void wait_to_read(Direction& direction);
  void wait_to_write(Direction& direction);
  void read(Direction& direction);
  /// True when all is written.
  bool write(Direction& direction, const char* data, std::size_t size);
  void finish(Direction& direction);
  void end();

  Socket client_, server_;
  Direction up_{client_, server_}, down_{server_, client_};
  OnEnd on_end_;
};

}  // namespace gantry::ports
