// Sockets on which a container's resolver listens: what processes inside send to 127.0.0.11:53
// arrives, and the port stays theirs.
#include "network/inside_sockets.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <boost/test/unit_test.hpp>

#include "base/error.hpp"
#include "base/thread_call.hpp"
#include "network/namespace.hpp"

namespace gantry::oci {

namespace {

sockaddr_in at(const char* address, std::uint16_t port) {
  sockaddr_in in{};
  in.sin_family = AF_INET;
  in.sin_port = htons(port);
  ::inet_pton(AF_INET, address, &in.sin_addr);
  return in;
}

struct Fixture {
  NetworkNamespace inside = make_network_namespace();
  Fixture() { raise_loopback(inside.socket); }

  UniqueFd socket(int type) {
    UniqueFd fd;
    call_on_thread([&] {
      BOOST_REQUIRE(::setns(inside.fd.get(), CLONE_NEWNET) == 0);
      fd = UniqueFd(::socket(AF_INET, type | SOCK_CLOEXEC, 0));
    });
    const timeval limit{5, 0};
    ::setsockopt(fd.get(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    return fd;
  }
  static int connect(const UniqueFd& fd, const sockaddr_in& to) {
    return ::connect(fd.get(), reinterpret_cast<const sockaddr*>(&to), sizeof to);
  }
  static int bind(const UniqueFd& fd, const sockaddr_in& to) {
    return ::bind(fd.get(), reinterpret_cast<const sockaddr*>(&to), sizeof to);
  }
  static void wait_for(const UniqueFd& fd) {
    pollfd waits{fd.get(), POLLIN, 0};
    BOOST_REQUIRE(::poll(&waits, 1, 5000) == 1);
  }
  /// A question by UDP and its answer, which must seem to come from the port that was asked.
  void exchange(const InsideSockets& sockets) {
    const UniqueFd client = socket(SOCK_DGRAM);
    BOOST_REQUIRE(connect(client, at("127.0.0.11", 53)) == 0);
    BOOST_REQUIRE(::send(client.get(), "question", 8, 0) == 8);
    char text[32];
    sockaddr_in peer{};
    socklen_t size = sizeof peer;
    wait_for(sockets.udp);
    BOOST_REQUIRE(::recvfrom(sockets.udp.get(), text, sizeof text, 0,
                             reinterpret_cast<sockaddr*>(&peer), &size) == 8);
    BOOST_REQUIRE(::sendto(sockets.udp.get(), "answer", 6, 0,
                           reinterpret_cast<const sockaddr*>(&peer), size) == 6);
    BOOST_TEST(::recv(client.get(), text, sizeof text, 0) == 6);
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(inside_sockets, Fixture)

BOOST_AUTO_TEST_CASE(datagrams_and_connections_to_the_port_arrive_and_are_answered) {
  const InsideSockets sockets = open_inside_sockets(inside.fd, "127.0.0.11", 53);
  exchange(sockets);
  const UniqueFd client = socket(SOCK_STREAM);
  BOOST_REQUIRE(connect(client, at("127.0.0.11", 53)) == 0);
  wait_for(sockets.tcp);
  const UniqueFd server(::accept(sockets.tcp.get(), nullptr, nullptr));
  BOOST_REQUIRE(server);
  const std::string large(200000, 'x');
  call_on_thread([&] {
    BOOST_TEST(::send(server.get(), large.data(), large.size(), 0) ==
               static_cast<ssize_t>(large.size()));
    ::shutdown(server.get(), SHUT_WR);
  });
  std::string got(large.size(), '\0');
  BOOST_TEST(::recv(client.get(), got.data(), got.size(), MSG_WAITALL) ==
             static_cast<ssize_t>(got.size()));
}

BOOST_AUTO_TEST_CASE(the_port_itself_is_the_containers) {
  const InsideSockets sockets = open_inside_sockets(inside.fd, "127.0.0.11", 53);
  for (const int type : {SOCK_DGRAM, SOCK_STREAM})
    BOOST_TEST(bind(socket(type), at("0.0.0.0", 53)) == 0);
  const UniqueFd own = socket(SOCK_DGRAM), client = socket(SOCK_DGRAM);
  BOOST_REQUIRE(bind(own, at("127.0.0.1", 53)) == 0);
  BOOST_REQUIRE(connect(client, at("127.0.0.1", 53)) == 0);
  BOOST_REQUIRE(::send(client.get(), "own", 3, 0) == 3);
  char text[8];
  BOOST_TEST(::recv(own.get(), text, sizeof text, 0) == 3);
}

BOOST_AUTO_TEST_CASE(opened_again_the_new_ones_get_it) {
  const InsideSockets first = open_inside_sockets(inside.fd, "127.0.0.11", 53);
  const InsideSockets second = open_inside_sockets(inside.fd, "127.0.0.11", 53);
  exchange(second);
}

BOOST_AUTO_TEST_CASE(only_loopback_addresses_and_real_ports_are_taken) {
  for (const auto& [address, port] : {std::pair{"10.0.0.1", 53u},
                                      {"name", 53u},
                                      {"127.0.0.11", 0u},
                                      {"127.0.0.11", 65536u},
                                      {"::1", 53u}})
    BOOST_CHECK_EXCEPTION(open_inside_sockets(inside.fd, address, port), Error,
                          [](const Error& error) { return error.code() == GANTRY_INVALID; });
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gantry::oci
