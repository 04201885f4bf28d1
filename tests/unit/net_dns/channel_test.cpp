#include "protocol/channel.hpp"

#include <fcntl.h>
#include <sys/socket.h>

#include <boost/test/unit_test.hpp>
#include <system_error>
#include <thread>

#include "protocol/documents.hpp"

namespace net_dns {

namespace {

struct Pair {
  Channel a, b;
  Pair() {
    int ends[2];
    BOOST_REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0);
    a = Channel(UniqueFd(ends[0]));
    b = Channel(UniqueFd(ends[1]));
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(channel, Pair)

BOOST_AUTO_TEST_CASE(messages_arrive_whole_in_order_with_their_descriptors) {
  int ends[2];
  BOOST_REQUIRE(::pipe(ends) == 0);
  UniqueFd out(ends[0]), in(ends[1]);
  const std::string large(300000, 'x');
  std::thread sender([&] {
    a.send("one");
    a.send("two", {in.get(), in.get()});
    a.send(large);
    a.send("four", {in.get()});
  });
  BOOST_TEST(b.receive()->text == "one");
  auto two = b.receive();
  BOOST_TEST(two->fds.size() == 2);
  BOOST_TEST((::fcntl(two->fds[0].get(), F_GETFD) & FD_CLOEXEC) != 0);
  BOOST_TEST((b.receive()->text == large));
  auto four = b.receive();
  sender.join();
  BOOST_TEST(four->text == "four");
  BOOST_REQUIRE(four->fds.size() == 1);
  BOOST_TEST(::write(four->fds[0].get(), "!", 1) == 1);
  char c = 0;
  BOOST_TEST(::read(out.get(), &c, 1) == 1);
}

BOOST_AUTO_TEST_CASE(looking_does_not_wait_and_sees_the_end) {
  bool ended = false;
  BOOST_TEST(!b.try_receive(ended).has_value());
  BOOST_TEST(!ended);
  a.send("last");
  a.close();
  BOOST_TEST(b.try_receive(ended)->text == "last");
  BOOST_TEST(!b.try_receive(ended).has_value());
  BOOST_TEST(ended);
}

BOOST_AUTO_TEST_CASE(who_breaks_the_rules_is_cut_off) {
  const std::uint32_t head[] = {0xffffffffu, 0};
  BOOST_REQUIRE(::send(a.fd(), head, sizeof head, 0) == sizeof head);
  bool ended = false;
  BOOST_TEST(!b.try_receive(ended).has_value());
  BOOST_TEST(ended);
  BOOST_CHECK_THROW(a.send(std::string(Channel::kLargest + 1, 'x')), std::system_error);
}

BOOST_AUTO_TEST_CASE(documents_come_back_as_they_were) {
  gantry::sdk::Member member;
  member.container_id = "c";
  member.name = "web";
  member.address = "10.0.0.2/24";
  member.ipv6 = "fd00::2/64";
  member.aliases = {"a"};
  member.names = {"web", "a\n\"b"};
  member.links = {{"db", "store"}};
  const auto again = gantry::sdk::detail::read_member(to_json(member));
  BOOST_TEST(again.names == member.names, boost::test_tools::per_element());
  BOOST_TEST(again.ipv6 == member.ipv6);
  BOOST_TEST(again.links.front().alias == "store");
  const auto container =
      read_container_settings(to_json(ContainerSettings{"c", {"1.1.1.1"}, true}));
  BOOST_TEST(container.ndots_set);
  BOOST_TEST(container.dns.front() == "1.1.1.1");
  BOOST_CHECK_THROW(read_settings("[]"), gantry::sdk::Error);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace net_dns
