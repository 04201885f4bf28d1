// A UDP socket that queries come to. One thread.
#pragma once

#include <functional>

#include "resolver/service.hpp"

namespace net_dns {

/// Who asks, by the peer's address. Null: a stranger.
using WhoAsks = std::function<AskerPtr(const SocketAddress& peer)>;

class UdpDoor final : public Handler, public Door {
 public:
  UdpDoor(UniqueFd socket, WhoAsks who, Service& service, Poller& poller);
  ~UdpDoor() override;

  int fd() const { return socket_.get(); }
  void ready() override;
  void send(const SocketAddress& peer, const Bytes& answer) override;

 private:
  UniqueFd socket_;
  const WhoAsks who_;
  Service& service_;
  Poller& poller_;
  Client client_;
};

}  // namespace net_dns
