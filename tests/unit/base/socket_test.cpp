// Sending to peers that read, pause, or are gone.
#include "core/base/socket.hpp"

#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <string>
#include <thread>

#include "core/base/error.hpp"

using namespace gantry;
using namespace std::chrono_literals;

namespace {

const std::string kMuch(4u << 20, 'x');

Errc error_of(int fd, const Deadline& deadline) {
  try {
    send_all(fd, kMuch, deadline);
  } catch (const Error& error) {
    return error.code();
  }
  BOOST_FAIL("all of it was sent");
  return Errc::internal;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(sockets)

BOOST_AUTO_TEST_CASE(who_reads_gets_everything) {
  for (const Deadline& deadline : {deadline_after(10s), Deadline()}) {
    auto [ours, theirs] = make_socket_pair();
    std::string got;
    std::thread reader([&got, fd = theirs.get()] {
      std::string block(65536, '\0');
      for (ssize_t n; (n = ::read(fd, block.data(), block.size())) > 0;)
        got.append(block, 0, static_cast<size_t>(n));
    });
    send_all(ours.get(), kMuch, deadline);
    ours.reset();
    reader.join();
    BOOST_TEST((got == kMuch));
  }
}

BOOST_AUTO_TEST_CASE(who_takes_a_part_and_no_more_is_waited_for_once) {
  auto [ours, theirs] = make_socket_pair();
  const auto begin = std::chrono::steady_clock::now();
  BOOST_TEST((error_of(ours.get(), deadline_after(2s)) == Errc::timeout));
  const auto took = std::chrono::steady_clock::now() - begin;
  BOOST_TEST((took >= 2s));
  BOOST_TEST((took < 4s));  // not once more for what is left
}

BOOST_AUTO_TEST_CASE(who_takes_a_little_at_a_time_is_let_go_at_the_deadline) {
  auto [ours, theirs] = make_socket_pair();
  std::thread reader([fd = theirs.get()] {
    std::string block(65536, '\0');
    while (::read(fd, block.data(), block.size()) > 0) std::this_thread::sleep_for(200ms);
  });
  BOOST_TEST((error_of(ours.get(), deadline_after(1s)) == Errc::timeout));
  ours.reset();
  reader.join();
}

BOOST_AUTO_TEST_CASE(who_is_gone_is_not_waited_for) {
  auto [ours, theirs] = make_socket_pair();
  theirs.reset();
  BOOST_TEST((error_of(ours.get(), std::nullopt) != Errc::timeout));
}

BOOST_AUTO_TEST_CASE(what_was_sent_is_unread_until_the_peer_has_read_all_of_it) {
  auto [ours, theirs] = make_socket_pair();
  BOOST_TEST(!is_unread(ours.get()));
  send_all(ours.get(), "head");
  BOOST_TEST(is_unread(ours.get()));
  await_reader(ours.get(), 1ms);  // returns although nobody reads
  char bytes[8];
  BOOST_TEST(::read(theirs.get(), bytes, 3) == 3);
  BOOST_TEST(is_unread(ours.get()));
  BOOST_TEST(::read(theirs.get(), bytes, 3) == 1);
  BOOST_TEST(!is_unread(ours.get()));
  await_reader(ours.get(), 1h);
}

BOOST_AUTO_TEST_CASE(who_sends_goes_on_when_the_peer_has_read) {
  auto [ours, theirs] = make_socket_pair();
  send_all(ours.get(), "head");
  std::string got(8, '\0');
  std::thread reader([&got, fd = theirs.get()] {
    got.resize(static_cast<size_t>(::read(fd, got.data(), got.size())));
  });
  await_reader(ours.get(), 1h);
  reader.join();
  BOOST_TEST(got == "head");
}

BOOST_AUTO_TEST_CASE(who_is_gone_has_nothing_to_read) {
  auto [ours, theirs] = make_socket_pair();
  send_all(ours.get(), "head");
  theirs.reset();
  await_reader(ours.get(), 1h);
}

BOOST_AUTO_TEST_SUITE_END()
