#include "protocol/sockets.hpp"

#include <fcntl.h>
#include <netinet/in.h>

#include <boost/test/unit_test.hpp>

using namespace net_dns;

namespace {

bool closes_on_exec(const UniqueFd& fd) {
  return fd && (::fcntl(fd.get(), F_GETFD) & FD_CLOEXEC) != 0;
}

bool blocks(const UniqueFd& fd) { return (::fcntl(fd.get(), F_GETFL) & O_NONBLOCK) == 0; }

/// A listener at a free port of the host itself, and a client that waits there.
struct Pair {
  UniqueFd listener, client = open_socket(AF_INET, SOCK_STREAM);
  explicit Pair(UniqueFd fd) : listener(std::move(fd)) {
    sockaddr_in where{};
    where.sin_family = AF_INET;
    where.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof where;
    auto* address = reinterpret_cast<sockaddr*>(&where);
    BOOST_REQUIRE(::bind(listener.get(), address, size) == 0);
    BOOST_REQUIRE(::listen(listener.get(), 1) == 0);
    BOOST_REQUIRE(::getsockname(listener.get(), address, &size) == 0);
    BOOST_REQUIRE(::connect(client.get(), address, size) == 0);
  }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(sockets)

BOOST_AUTO_TEST_CASE(no_socket_is_left_to_a_child) {
  BOOST_TEST(closes_on_exec(open_socket(AF_UNIX, SOCK_STREAM)));
  BOOST_TEST(closes_on_exec(open_nonblocking_socket(AF_INET, SOCK_DGRAM)));
  const auto [one, other] = open_socket_pair();
  BOOST_TEST(closes_on_exec(one));
  BOOST_TEST(closes_on_exec(other));
  BOOST_TEST(
      closes_on_exec(accept_connection(Pair(open_socket(AF_INET, SOCK_STREAM)).listener.get())));
}

BOOST_AUTO_TEST_CASE(sockets_block_as_they_were_asked_for_whatever_the_listener_does) {
  BOOST_TEST(blocks(open_socket(AF_UNIX, SOCK_STREAM)));
  BOOST_TEST(!blocks(open_nonblocking_socket(AF_UNIX, SOCK_STREAM)));
  const Pair first(open_nonblocking_socket(AF_INET, SOCK_STREAM));
  BOOST_TEST(blocks(accept_connection(first.listener.get())));
  const Pair second(open_socket(AF_INET, SOCK_STREAM));
  sockaddr_storage peer{};
  socklen_t size = sizeof peer;
  const UniqueFd accepted =
      accept_nonblocking(second.listener.get(), reinterpret_cast<sockaddr*>(&peer), &size);
  BOOST_TEST(closes_on_exec(accepted));
  BOOST_TEST(!blocks(accepted));
  BOOST_TEST(peer.ss_family == AF_INET);
}

BOOST_AUTO_TEST_SUITE_END()
