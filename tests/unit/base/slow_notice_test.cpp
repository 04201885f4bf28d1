#include "core/base/slow_notice.hpp"

#include <boost/test/unit_test.hpp>

#include "tests/unit/captured_stderr.hpp"

using namespace gantry;
using namespace std::chrono_literals;

BOOST_AUTO_TEST_CASE(what_does_not_return_is_told_while_it_is_waited_for) {
  test::CapturedStderr capture;
  const SlowNotice notice("it does not come up", 1ms);
  const auto end = std::chrono::steady_clock::now() + 10s;
  std::string text;
  while (text.empty() && std::chrono::steady_clock::now() < end) text += capture.text();
  BOOST_TEST(text.find("level=warning msg=\"it does not come up\"") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(what_returns_in_time_is_not) {
  test::CapturedStderr capture;
  { const SlowNotice notice("it does not come up", 10min); }
  BOOST_TEST(capture.text().empty());
}
