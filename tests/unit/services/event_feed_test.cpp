#include "core/services/engine/event_feed.hpp"

#include <sys/socket.h>

#include <boost/test/unit_test.hpp>
#include <thread>

using namespace gantry;
using domain::Event;
using services::EventFeed;
using services::EventQuery;

namespace {

Event event(const char* action, UnixNanos time = 0) {
  return {"container", action, "id", {{"name", "web"}}, time};
}

std::vector<std::string> run(EventFeed& feed, const Peer& peer = Peer()) {
  std::vector<std::string> seen;
  feed.run(peer, [&](const Event& e) {
    seen.push_back(e.action);
    return true;
  });
  return seen;
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_range_in_the_past_is_replayed_and_ends) {
  state::EventBus bus;
  for (std::int64_t second = 1; second <= 4; ++second)
    bus.publish(event(std::to_string(second).c_str(), second * 1'000'000'000));
  EventQuery query;
  query.since = 2'000'000'000;
  query.until = 3'000'000'000;
  EventFeed feed(bus, query);
  BOOST_TEST(run(feed) == (std::vector<std::string>{"2", "3"}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(without_a_range_history_stays_unsaid) {
  state::EventBus bus;
  bus.publish(event("old"));
  EventFeed feed(bus, {});
  bus.publish(event("new"));
  std::vector<std::string> seen;
  feed.run(Peer(), [&](const Event& e) {
    seen.push_back(e.action);
    return false;  // the client is gone at its first event
  });
  BOOST_TEST(seen == std::vector<std::string>{"new"}, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_range_that_ends_in_the_future_is_followed_until_then) {
  state::EventBus bus;
  bus.publish(event("before"));
  EventQuery query;
  query.until = now_nanos() + 1'000'000'000;
  EventFeed feed(bus, query);
  std::vector<std::string> seen;
  feed.run(Peer(), [&](const Event& e) {
    if (seen.empty()) bus.publish(event("meanwhile"));
    seen.push_back(e.action);
    return true;
  });
  BOOST_TEST(seen == (std::vector<std::string>{"before", "meanwhile"}),
             boost::test_tools::per_element());
  BOOST_TEST(now_nanos() >= *query.until);
}

BOOST_AUTO_TEST_CASE(filters_apply_to_history_and_to_what_follows) {
  state::EventBus bus;
  bus.publish(event("start"));
  bus.publish(event("die"));
  EventQuery query;
  query.until = now_nanos() + 1'000'000'000;
  query.filters = domain::FilterArgs::parse(R"({"event":["die"]})");
  EventFeed feed(bus, query);
  bus.publish(event("start"));
  bus.publish(event("die"));
  BOOST_TEST(run(feed) == (std::vector<std::string>{"die", "die"}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_client_that_goes_away_ends_its_feed) {
  int pair[2];
  BOOST_REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0);
  UniqueFd ours(pair[0]), theirs(pair[1]);
  state::EventBus bus;
  EventFeed feed(bus, {});
  std::thread client([&] { theirs.reset(); });
  BOOST_TEST(run(feed, Peer(ours.get())).empty());
  client.join();
  BOOST_TEST(bus.listeners() == 1u);  // until the feed itself goes
}
