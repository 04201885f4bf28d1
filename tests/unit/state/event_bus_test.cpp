#include "core/state/event_bus.hpp"

#include <boost/test/unit_test.hpp>
#include <thread>

using namespace gantry;
using gantry::domain::Event;
using gantry::state::EventBus;
using namespace std::chrono_literals;

namespace {

Event event(std::string action, UnixNanos time = 0) {
  return {"container", std::move(action), "id", {{"name", "web"}}, time};
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_listener_gets_events_in_order_and_is_woken) {
  EventBus bus;
  const auto s = bus.subscribe();
  BOOST_TEST(!s->try_next().has_value());
  BOOST_CHECK(wait_for(s->notifier(), Peer(), 0ms) == Woken::timeout);
  bus.publish(event("create"));
  bus.publish(event("start"));
  BOOST_CHECK(wait_for(s->notifier(), Peer(), 10s) == Woken::notified);
  BOOST_TEST(s->try_next()->action == "create");
  const auto start = s->try_next();
  BOOST_TEST(start->action == "start");
  BOOST_TEST(start->attributes.at("name") == "web");
  BOOST_TEST(!s->try_next().has_value());
  BOOST_CHECK(wait_for(s->notifier(), Peer(), 0ms) == Woken::timeout);
}

BOOST_AUTO_TEST_CASE(times_are_strictly_increasing_even_when_given) {
  EventBus bus;
  const auto s = bus.subscribe();
  bus.publish(event("a", 1000));
  bus.publish(event("b", 1000));
  bus.publish(event("c", 500));
  bus.publish(event("d"));
  UnixNanos last = 0;
  while (const auto e = s->try_next()) {
    BOOST_TEST(e->time > last);
    last = e->time;
  }
  BOOST_TEST(last > 1'000'000'000'000'000'000);
}

BOOST_AUTO_TEST_CASE(a_clock_that_is_set_back_is_followed) {
  EventBus bus;
  const auto s = bus.subscribe();
  const UnixNanos now = now_nanos(), hour = 3600 * UnixNanos{1'000'000'000};
  bus.publish(event("ahead", now + hour));
  bus.publish(event("right", now));
  bus.publish(event("same", now));
  s->try_next();
  BOOST_TEST(s->try_next()->time == now);
  BOOST_TEST(s->try_next()->time == now + 1);
}

BOOST_AUTO_TEST_CASE(the_last_256_events_are_remembered) {
  EventBus bus;
  for (int i = 0; i < 300; ++i) bus.publish(event(std::to_string(i)));
  std::vector<Event> history;
  const auto s = bus.subscribe(&history);
  BOOST_TEST(history.size() == 256u);
  BOOST_TEST(history.front().action == "44");
  BOOST_TEST(history.back().action == "299");
  BOOST_TEST(!s->try_next().has_value());
}

BOOST_AUTO_TEST_CASE(nothing_is_lost_or_doubled_between_history_and_queue) {
  EventBus bus;
  std::thread publisher([&] {
    for (int i = 0; i < 200; ++i) bus.publish(event(std::to_string(i)));
  });
  std::vector<Event> seen;
  const auto s = bus.subscribe(&seen);
  publisher.join();
  while (auto e = s->try_next()) seen.push_back(*e);
  BOOST_REQUIRE(seen.size() == 200u);
  for (size_t i = 0; i < seen.size(); ++i) BOOST_TEST(seen[i].action == std::to_string(i));
}

BOOST_AUTO_TEST_CASE(a_listener_that_left_gets_nothing_more) {
  EventBus bus;
  auto first = bus.subscribe();
  const auto second = bus.subscribe();
  BOOST_TEST(bus.listeners() == 2u);
  first.reset();
  BOOST_TEST(bus.listeners() == 1u);
  bus.publish(event("x"));
  BOOST_TEST(second->try_next()->action == "x");
}

BOOST_AUTO_TEST_CASE(a_listener_that_does_not_read_loses_its_oldest_events_only) {
  EventBus bus;
  const auto s = bus.subscribe();
  for (int i = 0; i < 20000; ++i) bus.publish(event(std::to_string(i)));
  size_t count = 0;
  std::string last;
  while (const auto e = s->try_next()) {
    ++count;
    last = e->action;
  }
  BOOST_TEST(count == 16384u);
  BOOST_TEST(last == "19999");
}

BOOST_AUTO_TEST_CASE(listeners_come_and_go_while_others_publish) {
  EventBus bus;
  std::thread publisher([&] {
    for (int i = 0; i < 2000; ++i) bus.publish(event("x"));
  });
  for (int i = 0; i < 200; ++i) {
    const auto s = bus.subscribe();
    s->try_next();
  }
  publisher.join();
  BOOST_TEST(bus.listeners() == 0u);
}
