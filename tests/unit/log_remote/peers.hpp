// What a driver sends to, on loopback with free ports: listening sockets and what comes in. Nothing
// waits longer than ten seconds.
#pragma once

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <chrono>
#include <cstring>
#include <stdexcept>
#include <string>
#include <thread>

#include "net/endpoint.hpp"
#include "net/unique_fd.hpp"

namespace gantry::test {

using log_remote::UniqueFd;

constexpr int kPatienceMs = 10'000;

inline void await(int fd) {
  pollfd entry{fd, POLLIN, 0};
  if (::poll(&entry, 1, kPatienceMs) != 1) throw std::runtime_error("nothing came");
}

/// The accepting end of a stream.
class Accepted {
 public:
  explicit Accepted(UniqueFd fd) : fd_(std::move(fd)) {}
  int fd() const { return fd_.get(); }
  void close() { fd_ = UniqueFd(); }
  /// Returns when the kernel has told the other end.
  void end() {
    ::shutdown(fd(), SHUT_WR);
    const auto limit = std::chrono::steady_clock::now() + std::chrono::milliseconds(kPatienceMs);
    while (state() != TCP_FIN_WAIT2 && state() != TCP_CLOSE) {
      if (std::chrono::steady_clock::now() > limit) throw std::runtime_error("no acknowledgement");
      std::this_thread::yield();
    }
    close();
  }

  std::string read_exactly(std::size_t size) {
    std::string got;
    while (got.size() < size) got += read_some(size - got.size());
    return got;
  }
  std::string read_to_end() {
    std::string got;
    for (std::string more = read_some(65536); !more.empty(); more = read_some(65536)) got += more;
    return got;
  }
  void write(const std::string& bytes) {
    if (::send(fd(), bytes.data(), bytes.size(), MSG_NOSIGNAL) !=
        static_cast<ssize_t>(bytes.size()))
      throw std::runtime_error("short write");
  }
  /// "" at the end.
  std::string read_some(std::size_t most) {
    await(fd());
    std::string got(most, '\0');
    const ssize_t size = ::recv(fd(), got.data(), most, 0);
    if (size < 0) throw std::runtime_error("recv");
    got.resize(static_cast<std::size_t>(size));
    return got;
  }

 private:
  int state() const {
    tcp_info info{};
    socklen_t size = sizeof info;
    if (::getsockopt(fd(), IPPROTO_TCP, TCP_INFO, &info, &size) != 0)
      throw std::runtime_error("TCP_INFO");
    return info.tcpi_state;
  }
  UniqueFd fd_;
};

inline UniqueFd loopback_socket(int type, std::string& port) {
  UniqueFd fd(::socket(AF_INET, type | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* const raw = reinterpret_cast<sockaddr*>(&address);
  if (::bind(fd.get(), raw, size) != 0 || ::getsockname(fd.get(), raw, &size) != 0)
    throw std::runtime_error("bind");
  port = std::to_string(ntohs(address.sin_port));
  return fd;
}

/// A listening TCP socket; the kernel takes connections before accept().
class TcpPeer {
 public:
  TcpPeer() : fd_(loopback_socket(SOCK_STREAM, port_)) {
    if (::listen(fd_.get(), 16) != 0) throw std::runtime_error("listen");
  }
  const std::string& port() const { return port_; }
  log_remote::Endpoint endpoint() const {
    return {log_remote::Network::kTcp, "127.0.0.1", port_, ""};
  }
  Accepted accept() {
    await(fd_.get());
    return Accepted(UniqueFd(::accept4(fd_.get(), nullptr, nullptr, SOCK_CLOEXEC)));
  }
  /// Nobody listens there any more.
  void stop() { fd_ = UniqueFd(); }

 private:
  std::string port_;
  UniqueFd fd_;
};

inline std::string read_datagram(int fd) {
  await(fd);
  std::string got(65536, '\0');
  const ssize_t size = ::recv(fd, got.data(), got.size(), 0);
  if (size < 0) throw std::runtime_error("recv");
  got.resize(static_cast<std::size_t>(size));
  return got;
}

class UdpPeer {
 public:
  UdpPeer() : fd_(loopback_socket(SOCK_DGRAM, port_)) {}
  const std::string& port() const { return port_; }
  std::string read() { return read_datagram(fd_.get()); }
  void stop() { fd_ = UniqueFd(); }

 private:
  std::string port_;
  UniqueFd fd_;
};

/// A unix socket bound to a path.
inline UniqueFd unix_socket(const std::string& path, int type) {
  UniqueFd fd(::socket(AF_UNIX, type | SOCK_CLOEXEC, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, path.c_str(), sizeof address.sun_path - 1);
  if (::bind(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0)
    throw std::runtime_error("bind " + path);
  if (type == SOCK_STREAM && ::listen(fd.get(), 16) != 0) throw std::runtime_error("listen");
  return fd;
}

/// A port of loopback where nobody listens.
inline std::string closed_port() {
  TcpPeer peer;
  return peer.port();
}

}  // namespace gantry::test
