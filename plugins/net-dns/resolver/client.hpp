// Where an answer goes: to a peer of one of our sockets, if that still exists. One thread.
#pragma once

#include <cstdint>

#include "protocol/address.hpp"
#include "resolver/packet.hpp"

namespace net_dns {

/// Something that queries came through and answers leave by.
class Door {
 public:
  virtual ~Door() = default;
  virtual void send(const SocketAddress& peer, const Bytes& answer) = 0;
};

struct Client {
  std::uint64_t door = 0;  // number of the Door
  SocketAddress peer;      // UDP only
  bool tcp = false;
};

}  // namespace net_dns
