// A DNS server on the loopback that answers as a test wants, UDP and TCP on one port, in the test's
// own loop.
#pragma once

#include <arpa/inet.h>
#include <sys/socket.h>

#include <boost/test/unit_test.hpp>
#include <functional>
#include <memory>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

#include "protocol/address.hpp"
#include "protocol/unique_fd.hpp"
#include "resolver/packet.hpp"
#include "resolver/poller.hpp"

namespace net_dns::test {

/// Boost.Test is not for threads: what fails in the resolver's own thread is thrown.
inline void require(bool holds) {
  if (!holds) throw std::runtime_error("the fake server cannot do its part");
}

class FakeServer {
 public:
  using Answer = std::function<Bytes(const Bytes& query)>;  // empty: silence

  FakeServer(Poller& poller, Answer answer)
      : by_tcp(answer), poller_(poller), answer_(std::move(answer)), udp_(*this), tcp_(*this) {
    // The kernel picks the UDP port; the same of TCP may be taken.
    for (int i = 0; i < 50 && !tcp_.socket; ++i) {
      udp_.socket.reset(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
      auto any = parse_server("127.0.0.1:1");
      reinterpret_cast<sockaddr_in&>(any->storage).sin_port = 0;
      require(::bind(udp_.socket.get(), any->get(), any->size) == 0);
      const SocketAddress at = local_address(udp_.socket.get());
      UniqueFd tcp(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
      if (::bind(tcp.get(), at.get(), at.size) == 0 && ::listen(tcp.get(), 8) == 0)
        tcp_.socket = std::move(tcp);
    }
    require(bool(tcp_.socket));
    poller_.add(udp_.socket.get(), udp_);
    poller_.add(tcp_.socket.get(), tcp_);
  }
  ~FakeServer() {
    poller_.remove(udp_.socket.get());
    poller_.remove(tcp_.socket.get());
  }
  FakeServer(const FakeServer&) = delete;
  FakeServer& operator=(const FakeServer&) = delete;

  std::string address() const {
    const SocketAddress at = local_address(udp_.socket.get());
    return "127.0.0.1:" +
           std::to_string(ntohs(reinterpret_cast<const sockaddr_in&>(at.storage).sin_port));
  }

  Answer by_tcp;
  /// Packets sent before the answer.
  std::function<std::vector<Bytes>(const Bytes&)> before = [](const Bytes&) {
    return std::vector<Bytes>();
  };
  int asked = 0;
  std::set<int> ports;  // of those who asked

 private:
  struct Udp final : Handler {
    explicit Udp(FakeServer& s) : server(s) {}
    void ready() override {
      Bytes query(65535);
      SocketAddress peer;
      peer.size = sizeof peer.storage;
      const ssize_t size =
          ::recvfrom(socket.get(), query.data(), query.size(), 0, peer.get(), &peer.size);
      if (size < 0) return;
      query.resize(static_cast<std::size_t>(size));
      ++server.asked;
      server.ports.insert(reinterpret_cast<const sockaddr_in&>(peer.storage).sin_port);
      auto packets = server.before(query);
      packets.push_back(server.answer_(query));
      for (const auto& packet : packets)
        if (!packet.empty())
          ::sendto(socket.get(), packet.data(), packet.size(), 0, peer.get(), peer.size);
    }
    FakeServer& server;
    UniqueFd socket;
  };
  /// One question by TCP; what comes is collected without waiting, as the client is in this loop.
  struct Connection final : Handler {
    Connection(FakeServer& s, UniqueFd fd) : server(s), socket(std::move(fd)) {
      server.poller_.add(socket.get(), *this);
    }
    ~Connection() override { end(); }
    void end() {
      if (socket) server.poller_.remove(socket.get());
      socket.reset();
    }
    void ready() override {
      std::uint8_t bytes[4096];
      const ssize_t size = ::recv(socket.get(), bytes, sizeof bytes, MSG_DONTWAIT);
      if (size <= 0) return end();
      query.insert(query.end(), bytes, bytes + size);
      if (query.size() < 2 || query.size() < 2u + (query[0] << 8 | query[1])) return;
      ++server.asked;
      Bytes answer = server.by_tcp(Bytes(query.begin() + 2, query.end()));
      const std::uint8_t length[] = {static_cast<std::uint8_t>(answer.size() >> 8),
                                     static_cast<std::uint8_t>(answer.size())};
      answer.insert(answer.begin(), length, length + 2);
      require(::send(socket.get(), answer.data(), answer.size(), 0) ==
              static_cast<ssize_t>(answer.size()));
      end();
    }
    FakeServer& server;
    UniqueFd socket;
    Bytes query;
  };
  struct Tcp final : Handler {
    explicit Tcp(FakeServer& s) : server(s) {}
    void ready() override {
      UniqueFd peer(::accept(socket.get(), nullptr, nullptr));
      if (peer) connections.push_back(std::make_unique<Connection>(server, std::move(peer)));
    }
    FakeServer& server;
    UniqueFd socket;
    std::vector<std::unique_ptr<Connection>> connections;
  };

  Poller& poller_;
  const Answer answer_;
  Udp udp_;
  Tcp tcp_;
};

}  // namespace net_dns::test
