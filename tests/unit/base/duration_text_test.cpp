#include "core/base/duration_text.hpp"

#include <boost/test/unit_test.hpp>

using namespace std::chrono;
using gantry::duration_text;

BOOST_AUTO_TEST_SUITE(duration_texts)

BOOST_AUTO_TEST_CASE(durations_are_printed_as_go_does) {
  BOOST_TEST(duration_text(0s) == "0s");
  BOOST_TEST(duration_text(7ns) == "7ns");
  BOOST_TEST(duration_text(1500ns) == "1.5\u00b5s");
  BOOST_TEST(duration_text(250ms) == "250ms");
  BOOST_TEST(duration_text(1500us) == "1.5ms");
  BOOST_TEST(duration_text(1s) == "1s");
  BOOST_TEST(duration_text(1500ms) == "1.5s");
  BOOST_TEST(duration_text(1s + 1ns) == "1.000000001s");
  BOOST_TEST(duration_text(30s) == "30s");
  BOOST_TEST(duration_text(90s) == "1m30s");
  BOOST_TEST(duration_text(60s) == "1m0s");
  BOOST_TEST(duration_text(2h) == "2h0m0s");
  BOOST_TEST(duration_text(25h + 1min + 500ms) == "25h1m0.5s");
  BOOST_TEST(duration_text(-90s) == "-1m30s");
  BOOST_TEST(duration_text(nanoseconds::min()) == "-2562047h47m16.854775808s");
}

BOOST_AUTO_TEST_SUITE_END()
