// A listening TCP socket and its connections: messages with their length before them, any number on
// one connection. Bounded in connections, time and memory. One thread.
#pragma once

#include <map>
#include <memory>

#include "resolver/udp_door.hpp"

namespace net_dns {

class TcpDoor final : public Handler {
 public:
  static constexpr std::size_t kMostConnections = 64;
  static constexpr std::int64_t kIdleMs = 10000;
  static constexpr std::size_t kMostUnsent = 256 * 1024;  // bytes of one connection

  TcpDoor(UniqueFd socket, WhoAsks who, Service& service, Poller& poller, Timers& timers);
  ~TcpDoor() override;

  void ready() override;

 private:
  class Connection;
  void end(Connection& connection);
  void refuse_one();

  UniqueFd socket_;
  const WhoAsks who_;
  Service& service_;
  Poller& poller_;
  Timers& timers_;
  std::map<Connection*, std::unique_ptr<Connection>> connections_;
  UniqueFd spare_;  // given up for a moment when there are no descriptors left
  std::vector<std::unique_ptr<Connection>> ended_;  // may still be on the stack
};

}  // namespace net_dns
