#include "core/base/notifier.hpp"

#include <netinet/in.h>
#include <sys/socket.h>

#include <boost/test/unit_test.hpp>
#include <thread>

using namespace gantry;
using namespace std::chrono_literals;

namespace {

struct Pair {
  UniqueFd a, b;
  Pair() {
    int ends[2];
    BOOST_REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0);
    a.reset(ends[0]);
    b.reset(ends[1]);
  }
};

}  // namespace

BOOST_AUTO_TEST_CASE(a_raised_flag_is_seen_until_it_is_drained) {
  Notifier n;
  BOOST_CHECK(wait_for(n, Peer(), 0ms) == Woken::timeout);
  n.notify();
  n.notify();
  BOOST_CHECK(wait_for(n, Peer()) == Woken::notified);
  BOOST_CHECK(wait_for(n, Peer()) == Woken::notified);
  n.drain();
  BOOST_CHECK(wait_for(n, Peer(), 0ms) == Woken::timeout);
}

BOOST_AUTO_TEST_CASE(another_thread_wakes_the_waiter) {
  Notifier n;
  std::thread other([&] { n.notify(); });
  BOOST_CHECK(wait_for(n, Peer(), 10s) == Woken::notified);
  other.join();
}

BOOST_AUTO_TEST_CASE(a_limit_is_kept_and_not_cut_short) {
  Notifier n;
  const auto begin = std::chrono::steady_clock::now();
  BOOST_CHECK(wait_for(n, Peer(), 2500us) == Woken::timeout);
  BOOST_CHECK(std::chrono::steady_clock::now() - begin >= 2500us);
}

BOOST_AUTO_TEST_CASE(a_closed_client_is_gone_but_a_half_closed_one_is_not) {
  Notifier n;
  Pair pair;
  const Peer peer(pair.a.get());
  BOOST_TEST(!peer.gone());
  BOOST_REQUIRE(::shutdown(pair.b.get(), SHUT_WR) == 0);
  BOOST_TEST(!peer.gone());
  BOOST_CHECK(wait_for(n, peer, 1ms) == Woken::timeout);
  pair.b.reset();
  BOOST_TEST(peer.gone());
  BOOST_CHECK(wait_for(n, peer) == Woken::peer_gone);
}

BOOST_AUTO_TEST_CASE(unread_bytes_of_a_client_do_not_wake_the_waiter) {
  Notifier n;
  Pair pair;
  BOOST_REQUIRE(::send(pair.b.get(), "x", 1, 0) == 1);
  BOOST_CHECK(wait_for(n, Peer(pair.a.get()), 1ms) == Woken::timeout);
}

BOOST_AUTO_TEST_CASE(on_tcp_a_client_that_closed_its_half_counts_as_gone) {
  Pair pair;
  const Peer peer(pair.a.get(), true);
  BOOST_TEST(!peer.gone());
  BOOST_REQUIRE(::shutdown(pair.b.get(), SHUT_WR) == 0);
  BOOST_TEST(peer.gone());
}

BOOST_AUTO_TEST_CASE(a_notification_wins_over_a_peer_that_left_at_the_same_time) {
  Notifier n;
  Pair pair;
  n.notify();
  pair.b.reset();
  BOOST_CHECK(wait_for(n, Peer(pair.a.get())) == Woken::notified);
}
