#include "core/ports/forwarder.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include <array>
#include <boost/test/unit_test.hpp>
#include <cerrno>
#include <string>
#include <thread>
#include <vector>

#include "core/base/error.hpp"
#include "core/base/unique_fd.hpp"
#include "tests/unit/free_port.hpp"

using namespace gantry;
using namespace std::chrono_literals;
using ports::ForwardedPort;
using ports::Forwarder;
using test::free_port;

namespace {

sockaddr_in address_of(int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

const sockaddr* generic(const sockaddr_in& address) {
  return reinterpret_cast<const sockaddr*>(&address);
}

UniqueFd make_socket(int type) {
  UniqueFd fd(::socket(AF_INET, type, 0));
  BOOST_REQUIRE(fd);
  const timeval limit{20, 0};
  ::setsockopt(fd.get(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  ::setsockopt(fd.get(), SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
  return fd;
}

bool try_bind(int fd, int port) {
  const int on = 1;
  ::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  const sockaddr_in address = address_of(port);
  return ::bind(fd, generic(address), sizeof address) == 0;
}

int port_of(int fd) {
  sockaddr_in address{};
  socklen_t size = sizeof address;
  ::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size);
  return ntohs(address.sin_port);
}

struct Listener {
  explicit Listener(int type = SOCK_STREAM) : fd(make_socket(type)) {
    BOOST_REQUIRE(try_bind(fd.get(), 0));
    if (type == SOCK_STREAM) BOOST_REQUIRE(::listen(fd.get(), 4096) == 0);
    port = port_of(fd.get());
  }
  UniqueFd accept() const { return UniqueFd(::accept(fd.get(), nullptr, nullptr)); }
  UniqueFd fd;
  int port = 0;
};

UniqueFd connect_to(int port, int type = SOCK_STREAM) {
  UniqueFd fd = make_socket(type);
  const sockaddr_in address = address_of(port);
  BOOST_REQUIRE(::connect(fd.get(), generic(address), sizeof address) == 0);
  return fd;
}

/// Checks nothing: for threads of their own, which Boost.Test does not take checks from.
bool try_send_all(int fd, const std::string& text) {
  for (size_t sent = 0; sent < text.size();) {
    const ssize_t n = ::send(fd, text.data() + sent, text.size() - sent, MSG_NOSIGNAL);
    if (n <= 0) return false;
    sent += static_cast<size_t>(n);
  }
  return true;
}

void send_all(int fd, const std::string& text) { BOOST_REQUIRE(try_send_all(fd, text)); }

std::string receive(int fd, size_t size) {
  std::string text(size, '\0');
  size_t got = 0;
  while (got < size) {
    const ssize_t n = ::recv(fd, text.data() + got, size - got, 0);
    if (n <= 0) break;
    got += static_cast<size_t>(n);
  }
  text.resize(got);
  return text;
}

std::string receive_to_the_end(int fd) {
  std::string text;
  std::array<char, 65536> piece;
  for (ssize_t n; (n = ::recv(fd, piece.data(), piece.size(), 0)) > 0;)
    text.append(piece.data(), static_cast<size_t>(n));
  return text;
}

ForwardedPort tcp(int host, int target) { return {"tcp", "127.0.0.1", host, "127.0.0.1", target}; }
ForwardedPort udp(int host, int target) { return {"udp", "127.0.0.1", host, "127.0.0.1", target}; }

Errc refusal(Forwarder& forwarder, const std::vector<ForwardedPort>& ports, int os_errno = 0) {
  try {
    forwarder.publish("c", ports);
  } catch (const Error& error) {
    BOOST_TEST(error.os_errno() == os_errno);
    return error.code();
  }
  BOOST_FAIL("nothing was refused");
  return Errc::internal;
}

}  // namespace

BOOST_AUTO_TEST_CASE(bytes_go_both_ways_and_each_side_ends_by_itself) {
  const Listener server;
  const int port = free_port();
  Forwarder forwarder;
  forwarder.publish("c", {tcp(port, server.port)});
  const UniqueFd client = connect_to(port), peer = server.accept();
  send_all(client.get(), "question");
  BOOST_TEST(receive(peer.get(), 8) == "question");
  ::shutdown(client.get(), SHUT_WR);
  BOOST_TEST(receive_to_the_end(peer.get()) == "");
  send_all(peer.get(), "answer after the end");
  ::shutdown(peer.get(), SHUT_WR);
  BOOST_TEST(receive_to_the_end(client.get()) == "answer after the end");
}

BOOST_AUTO_TEST_CASE(megabytes_arrive_whole_both_ways_at_once) {
  const Listener server;
  const int port = free_port();
  Forwarder forwarder;
  forwarder.publish("c", {tcp(port, server.port)});
  const UniqueFd client = connect_to(port), peer = server.accept();
  std::string up(20 << 20, 'u'), down(20 << 20, 'd');
  for (size_t i = 0; i < up.size(); i += 1000) up[i] = down[i] = static_cast<char>(i / 1000);
  std::string got_up, got_down;
  std::thread sender([&] { try_send_all(client.get(), up); });
  std::thread answerer([&] { try_send_all(peer.get(), down); });
  std::thread reader([&] { got_up = receive(peer.get(), up.size()); });
  got_down = receive(client.get(), down.size());
  for (std::thread* thread : {&sender, &answerer, &reader}) thread->join();
  BOOST_TEST((got_up == up && got_down == down));
}

BOOST_AUTO_TEST_CASE(a_receiver_that_does_not_read_holds_the_sender_back) {
  const Listener server;
  const int port = free_port();
  Forwarder forwarder;
  forwarder.publish("c", {tcp(port, server.port)});
  const UniqueFd client = connect_to(port), peer = server.accept();
  ::fcntl(peer.get(), F_SETFL, O_NONBLOCK);
  const std::string piece(1 << 20, 'x');
  size_t sent = 0;
  // Until nothing has been taken for a while; the kernel's buffers take some megabytes.
  for (pollfd ready{peer.get(), POLLOUT, 0}; ::poll(&ready, 1, 300) == 1 && sent < 256u << 20;) {
    const ssize_t n = ::send(peer.get(), piece.data(), piece.size(), MSG_NOSIGNAL);
    if (n > 0) sent += static_cast<size_t>(n);
  }
  BOOST_TEST(sent < 64u << 20);
  std::thread rest([&] { ::shutdown(peer.get(), SHUT_WR); });
  BOOST_TEST(receive_to_the_end(client.get()).size() == sent);
  rest.join();
}

BOOST_AUTO_TEST_CASE(a_refused_target_closes_the_client) {
  const int port = free_port();
  Forwarder forwarder;
  forwarder.publish("c", {tcp(port, free_port())});
  const UniqueFd client = connect_to(port);
  BOOST_TEST(receive_to_the_end(client.get()) == "");
}

BOOST_AUTO_TEST_CASE(a_thousand_connections_at_once) {
  constexpr size_t kMany = 1000;
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
  if (limit.rlim_cur < 5 * kMany) {
    BOOST_TEST_MESSAGE("too few descriptors here");
    return;
  }
  const Listener server;
  const int port = free_port();
  Forwarder forwarder;
  forwarder.publish("c", {tcp(port, server.port)});
  std::vector<UniqueFd> clients, peers;
  for (size_t i = 0; i < kMany; ++i) {
    clients.push_back(connect_to(port));
    send_all(clients.back().get(), "me");
  }
  for (size_t i = 0; i < kMany; ++i) {
    peers.push_back(server.accept());
    BOOST_REQUIRE(receive(peers.back().get(), 2) == "me");
    send_all(peers.back().get(), "you");
    ::shutdown(peers.back().get(), SHUT_WR);
  }
  for (const UniqueFd& client : clients) BOOST_REQUIRE(receive_to_the_end(client.get()) == "you");
}

BOOST_AUTO_TEST_CASE(connections_beyond_the_limit_wait_for_a_place) {
  const Listener server;
  const int port = free_port();
  Forwarder forwarder({.connections = 2});
  forwarder.publish("c", {tcp(port, server.port)});
  UniqueFd first = connect_to(port), second = connect_to(port);
  UniqueFd first_peer = server.accept(), second_peer = server.accept();
  const UniqueFd third = connect_to(port);
  send_all(third.get(), "late");
  pollfd waiting{server.fd.get(), POLLIN, 0};
  BOOST_TEST(::poll(&waiting, 1, 100) == 0);
  for (UniqueFd* fd : {&first, &first_peer}) fd->reset();
  const UniqueFd third_peer = server.accept();
  BOOST_TEST(receive(third_peer.get(), 4) == "late");
}

BOOST_AUTO_TEST_CASE(an_unpublished_port_is_free_at_once_and_its_connections_end) {
  const Listener server;
  const int port = free_port(), other = free_port();
  Forwarder forwarder;
  forwarder.publish("c", {tcp(port, server.port)});
  forwarder.publish("d", {tcp(other, server.port)});
  const UniqueFd client = connect_to(port), peer = server.accept();
  forwarder.unpublish("c");
  BOOST_TEST(try_bind(make_socket(SOCK_STREAM).get(), port));
  BOOST_TEST(receive_to_the_end(client.get()) == "");
  BOOST_TEST(receive_to_the_end(peer.get()) == "");
  forwarder.unpublish("c");
  const UniqueFd still = connect_to(other), still_peer = server.accept();
  forwarder.publish("c", {tcp(port, server.port)});
  const UniqueFd again = connect_to(port), again_peer = server.accept();
}

BOOST_AUTO_TEST_CASE(what_cannot_be_published_is_told_and_nothing_is_left) {
  const Listener taken;
  const int port = free_port();
  Forwarder forwarder;
  BOOST_TEST(
      (refusal(forwarder, {tcp(port, 1), tcp(taken.port, 1)}, EADDRINUSE) == Errc::conflict));
  BOOST_TEST(try_bind(make_socket(SOCK_STREAM).get(), port));
  BOOST_TEST((refusal(forwarder, {{"tcp", "nowhere", port, "127.0.0.1", 1}}) == Errc::invalid));
  BOOST_TEST((refusal(forwarder, {{"tcp", "127.0.0.1", port, "", 1}}) == Errc::invalid));
  BOOST_TEST(
      (refusal(forwarder, {{"sctp", "127.0.0.1", port, "127.0.0.1", 1}}) == Errc::unsupported));
  forwarder.publish("c", {tcp(port, 1)});
}

BOOST_AUTO_TEST_CASE(hundreds_of_ports_of_one_container) {
  const Listener server;
  Forwarder forwarder;
  std::vector<ForwardedPort> many;
  {
    std::vector<Listener> free(300);
    for (const Listener& one : free) many.push_back(tcp(one.port, server.port));
  }
  forwarder.publish("c", many);
  for (const ForwardedPort& port : many) {
    const UniqueFd client = connect_to(port.host_port), peer = server.accept();
    send_all(client.get(), "x");
    BOOST_REQUIRE(receive(peer.get(), 1) == "x");
  }
}

BOOST_AUTO_TEST_CASE(udp_answers_go_back_to_their_senders_from_the_published_port) {
  const Listener server(SOCK_DGRAM);
  const int port = free_port();
  Forwarder forwarder;
  forwarder.publish("c", {udp(port, server.port)});
  std::vector<UniqueFd> clients;
  std::vector<sockaddr_in> seen;
  for (int i = 0; i < 50; ++i) {
    // Connected: takes datagrams from the published port only.
    clients.push_back(connect_to(port, SOCK_DGRAM));
    send_all(clients.back().get(), std::to_string(i));
    sockaddr_in from{};
    socklen_t size = sizeof from;
    char text[8];
    const ssize_t n = ::recvfrom(server.fd.get(), text, sizeof text, 0,
                                 reinterpret_cast<sockaddr*>(&from), &size);
    BOOST_REQUIRE(n > 0);
    BOOST_TEST(std::string(text, static_cast<size_t>(n)) == std::to_string(i));
    seen.push_back(from);
  }
  for (size_t i = 0; i < clients.size(); ++i) {
    const std::string answer = "to " + std::to_string(i);
    ::sendto(server.fd.get(), answer.data(), answer.size(), 0, generic(seen[i]), sizeof seen[i]);
    BOOST_TEST(receive(clients[i].get(), answer.size()) == answer);
  }
}

namespace {

/// The port from which the container sees a datagram of the client.
int seen_port(int client, int server) {
  BOOST_REQUIRE(::send(client, "?", 1, 0) == 1);
  sockaddr_in from{};
  socklen_t size = sizeof from;
  char text[8];
  BOOST_REQUIRE(
      ::recvfrom(server, text, sizeof text, 0, reinterpret_cast<sockaddr*>(&from), &size) == 1);
  return ntohs(from.sin_port);
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_udp_sender_keeps_its_session_until_it_was_quiet_too_long) {
  const Listener server(SOCK_DGRAM);
  const int port = free_port();
  Forwarder forwarder({.session_time = 2s});
  forwarder.publish("c", {udp(port, server.port)});
  const UniqueFd client = connect_to(port, SOCK_DGRAM);
  const int first = seen_port(client.get(), server.fd.get());
  BOOST_TEST(seen_port(client.get(), server.fd.get()) == first);
  // Its socket is closed when the session is over: then the number can be bound.
  const auto end = std::chrono::steady_clock::now() + 20s;
  while (!try_bind(make_socket(SOCK_DGRAM).get(), first) && std::chrono::steady_clock::now() < end)
    std::this_thread::yield();
  BOOST_TEST(try_bind(make_socket(SOCK_DGRAM).get(), first));
  seen_port(client.get(), server.fd.get());
}

BOOST_AUTO_TEST_CASE(a_new_udp_sender_takes_the_place_of_the_quietest) {
  const Listener server(SOCK_DGRAM);
  const int port = free_port();
  Forwarder forwarder({.sessions = 2});
  forwarder.publish("c", {udp(port, server.port)});
  const UniqueFd a = connect_to(port, SOCK_DGRAM), b = connect_to(port, SOCK_DGRAM),
                 c = connect_to(port, SOCK_DGRAM);
  const int of_a = seen_port(a.get(), server.fd.get());
  seen_port(b.get(), server.fd.get());
  BOOST_TEST(seen_port(a.get(), server.fd.get()) == of_a);
  seen_port(c.get(), server.fd.get());  // in b's place
  BOOST_TEST(seen_port(a.get(), server.fd.get()) == of_a);
}

BOOST_AUTO_TEST_CASE(udp_goes_on_after_nobody_listened) {
  const int port = free_port(), target = free_port();
  Forwarder forwarder;
  forwarder.publish("c", {udp(port, target)});
  const UniqueFd client = connect_to(port, SOCK_DGRAM);
  send_all(client.get(), "lost");
  const UniqueFd server = make_socket(SOCK_DGRAM);
  BOOST_REQUIRE(try_bind(server.get(), target));
  // The refusal may end the session before or after the next datagram, and the first may have come
  // late enough to be taken.
  std::string got;
  for (int i = 0; i < 100 && got != "heard"; ++i) {
    send_all(client.get(), "heard");
    pollfd ready{server.get(), POLLIN, 0};
    if (::poll(&ready, 1, 50) == 0) continue;
    char text[8];
    const ssize_t n = ::recv(server.get(), text, sizeof text, 0);
    if (n > 0) got.assign(text, static_cast<size_t>(n));
  }
  BOOST_TEST(got == "heard");
}

BOOST_AUTO_TEST_CASE(a_forwarder_may_go_while_connections_are_busy) {
  const Listener server;
  const int port = free_port();
  UniqueFd client, peer;
  {
    Forwarder forwarder;
    forwarder.publish("c", {tcp(port, server.port), udp(port, server.port)});
    client = connect_to(port);
    peer = server.accept();
    ::fcntl(client.get(), F_SETFL, O_NONBLOCK);
    const std::string piece(1 << 20, 'x');
    (void)::send(client.get(), piece.data(), piece.size(), MSG_NOSIGNAL);
  }
  receive_to_the_end(peer.get());
  BOOST_TEST(try_bind(make_socket(SOCK_STREAM).get(), port));
}
