#include "ports.hpp"

#include <netinet/in.h>
#include <sys/socket.h>

#include "terminal.hpp"

namespace gantry::shim {
namespace {

Target target_of(const PublishedPort& port) {
  Target target;
  if (port.target_family == AF_INET) {
    auto* address = reinterpret_cast<sockaddr_in*>(&target.address);
    address->sin_family = AF_INET;
    address->sin_port = htons(port.target_port);
    std::memcpy(&address->sin_addr, port.target_address, 4);
    target.size = sizeof *address;
  } else {
    auto* address = reinterpret_cast<sockaddr_in6*>(&target.address);
    address->sin6_family = AF_INET6;
    address->sin6_port = htons(port.target_port);
    std::memcpy(&address->sin6_addr, port.target_address, 16);
    target.size = sizeof *address;
  }
  return target;
}

}  // namespace

bool Ports::publish(std::string_view body, ReceivedFds& fds, Failure& why) {
  Publish request;
  Decoder decoder(body);
  request.fields(decoder);
  const std::size_t count = request.ports.size() / sizeof(PublishedPort);
  if (!decoder.ok() || request.ports.size() % sizeof(PublishedPort) != 0 || count != fds.size()) {
    return why.set(GANTRY_INVALID, "malformed publish request");
  }
  sockets_.take(count);
  for (std::size_t i = 0; i < count; ++i) {
    PublishedPort port;
    std::memcpy(&port, request.ports.data() + i * sizeof port, sizeof port);
    UniqueFd socket = fds.take(i);
    if (port.forward == 0) {
      reserved_.push_back(std::move(socket));
      continue;
    }
    const bool known_family = port.target_family == AF_INET || port.target_family == AF_INET6;
    if (!known_family || (port.protocol != IPPROTO_TCP && port.protocol != IPPROTO_UDP)) {
      return why.set(GANTRY_INVALID, "publish: unknown protocol or address family");
    }
    set_nonblocking(socket.get());
    if (port.protocol == IPPROTO_TCP) {
      tcp_.push_back(std::make_unique<TcpForward>(loop_, std::move(socket), target_of(port),
                                                  budget_, needs_sweep_));
    } else {
      udp_.push_back(std::make_unique<UdpForward>(loop_, std::move(socket), target_of(port),
                                                  budget_, needs_sweep_));
    }
  }
  return true;
}

void Ports::release() {
  reserved_.clear();
  tcp_.clear();
  udp_.clear();
  sockets_.give_back();
}

void Ports::sweep() {
  if (!needs_sweep_) return;
  needs_sweep_ = false;
  for (auto& forward : tcp_) forward->sweep();
  for (auto& forward : udp_) forward->sweep();
  for (auto& forward : tcp_) forward->resume();
}

}  // namespace gantry::shim
