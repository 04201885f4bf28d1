#include "core/http/quiet_watch.hpp"

#include <poll.h>

#include <boost/test/unit_test.hpp>

using gantry::http::QuietWatch;
using namespace std::chrono_literals;

namespace {

struct Fixture {
  int told = 0;
  QuietWatch watch{[this] { ++told; }, {100ms, 1000ms}};
  QuietWatch::Clock::time_point now = QuietWatch::Clock::now();

  bool noticed() const {
    pollfd p{watch.fd(), POLLIN, 0};
    return ::poll(&p, 1, 0) == 1;
  }
  void after(std::chrono::milliseconds time) {
    now += time;
    watch.look(now);
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(quiet_watch, Fixture)

BOOST_AUTO_TEST_CASE(nothing_is_waited_for_before_the_first_request) {
  BOOST_TEST(!noticed());
  BOOST_TEST(watch.wait_ms(now) == -1);
  after(10s);
  BOOST_TEST(told == 0);
  BOOST_TEST(watch.wait_ms(now) == -1);
}

BOOST_AUTO_TEST_CASE(it_tells_once_when_requests_have_stopped) {
  watch.touch();
  BOOST_TEST(noticed());
  after(0ms);
  BOOST_TEST(!noticed());
  BOOST_TEST(watch.wait_ms(now) == 100);
  after(100ms);
  BOOST_TEST(told == 1);
  BOOST_TEST(watch.wait_ms(now) == -1);
}

BOOST_AUTO_TEST_CASE(a_request_in_between_begins_the_time_anew) {
  watch.touch();
  after(0ms);
  watch.touch();
  BOOST_TEST(!noticed());
  after(100ms);
  BOOST_TEST(told == 0);
  BOOST_TEST(watch.wait_ms(now) == 100);
  after(100ms);
  BOOST_TEST(told == 1);
}

BOOST_AUTO_TEST_CASE(looking_early_changes_nothing) {
  watch.touch();
  after(0ms);
  after(40ms);
  BOOST_TEST(told == 0);
  BOOST_TEST(watch.wait_ms(now) == 60);
}

BOOST_AUTO_TEST_CASE(it_does_not_tell_again_too_soon) {
  watch.touch();
  after(0ms);
  after(100ms);
  BOOST_TEST(told == 1);
  watch.touch();
  after(10ms);
  after(100ms);
  BOOST_TEST(told == 1);
  BOOST_TEST(watch.wait_ms(now) == 890);
  after(890ms);
  BOOST_TEST(told == 2);
}

BOOST_AUTO_TEST_CASE(a_request_during_the_call_is_not_forgotten) {
  QuietWatch* again = nullptr;
  int calls = 0;
  QuietWatch touched(
      [&] {
        if (++calls == 1) again->touch();
      },
      {100ms, 0ms});
  again = &touched;
  touched.touch();
  touched.look(now);
  touched.look(now + 100ms);
  BOOST_TEST(calls == 1);
  BOOST_TEST(touched.wait_ms(now + 100ms) == 100);
  touched.look(now + 200ms);
  touched.look(now + 300ms);
  BOOST_TEST(calls == 2);
  BOOST_TEST(touched.wait_ms(now + 300ms) == -1);
}

BOOST_AUTO_TEST_SUITE_END()
